import type { RecordsAnswer } from '../cli/answers.ts';
import { playbill } from './playbill.ts';
import type { ScriptedCall } from './playbill.ts';

/** A current record of a call, as the query API lists it. */
export type ListedCall = RecordsAnswer['records'][number];

/** What came of one scripted call: the record that was made of it, and where that says something else. */
export type CheckedCall = {
  readonly scripted: ScriptedCall;
  readonly call: ListedCall | undefined;
  readonly differences: readonly string[];
};

export type Check = {
  readonly calls: readonly CheckedCall[];
  /** Calls that act and that nobody scripted: a call counted twice, say. */
  readonly unexpected: readonly ListedCall[];
  readonly isComplete: boolean;
};

/** Compares what was made of the demo's traffic with its script; pure. `scenes` maps each scene to the trace it was played in. */
export function checkCalls(answer: RecordsAnswer, scenes: ReadonlyMap<string, string>): Check {
  const left = new Set(answer.records.filter((record) => actingMethods.has(record['method'])));
  const calls = playbill.map((scripted): CheckedCall => {
    const trace = scenes.get(scripted.scene);
    const call = [...left].find(
      (record) => record['traceId'] === trace && targetOf(record) === scripted.what,
    );
    if (!call) return { scripted, call, differences: ['there is no record of it'] };
    left.delete(call);
    return { scripted, call, differences: differencesOf(scripted, call, answer.names) };
  });
  const unexpected = [...left];
  const isComplete =
    unexpected.length === 0 && calls.every(({ differences }) => differences.length === 0);
  return { calls, unexpected, isComplete };
}

/** A sentence for each thing that is not as scripted. */
export function describeProblems({ calls, unexpected }: Check): readonly string[] {
  return [
    ...calls.flatMap(({ scripted, differences }) =>
      differences.map((what) => `${scripted.scene}: ${scripted.what}: ${what}`),
    ),
    ...unexpected.map((call) => `not scripted: ${String(call['method'])} ${targetOf(call)}`),
  ];
}

const actingMethods: ReadonlySet<unknown> = new Set([
  'tools/call',
  'resources/read',
  'prompts/get',
]);

function targetOf(record: ListedCall): string {
  return String(record['tool'] ?? record['prompt'] ?? record['resource'] ?? '');
}

function differencesOf(
  scripted: ScriptedCall,
  call: ListedCall,
  names: RecordsAnswer['names'],
): readonly string[] {
  const user = typeof call['user'] === 'string' ? (names[call['user']] ?? call['user']) : null;
  const told = {
    user: [scripted.user, user],
    userGrade: [scripted.userGrade, call['userGrade']],
    team: [scripted.team, call['team']],
    agent: [scripted.agents.at(-1), call['agent']],
    parentAgent: [scripted.agents.at(-2) ?? null, call['parentAgent']],
    server: [scripted.server, call['server']],
    outcome: [scripted.outcome, call['outcome']],
    grade: [scripted.grade, call['grade']],
  };
  return Object.entries(told)
    .filter(([, [wanted, got]]) => wanted !== got)
    .map(([fact, [wanted, got]]) => `${fact} is ${String(got)}, not ${String(wanted)}`);
}
