import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { AuditRecord } from '../../schemas/record-types.ts';

/**
 * What a script did, as its author wrote it down. `unknown` says that the emitter gives no way to know. A member that is left out is not
 * compared; those of {@link alwaysSaid} may not be.
 */
export type ExpectedCall = Readonly<Record<string, unknown>>;

export type Expectation = {
  /** In the order of their begin. */
  readonly calls: readonly ExpectedCall[];
  /** Model calls and their tokens; left out where the emitter sends none. */
  readonly inferences?: {
    readonly count: number;
    readonly inputTokens: number | 'unknown';
    readonly outputTokens: number | 'unknown';
    /** Calls that some model call asked for, and whose result a later one was given, by the model's id of them; left out where they carry none. */
    readonly asked?: number;
    readonly used?: number;
  };
};

export const alwaysSaid = ['method', 'user', 'agent', 'server', 'arguments', 'outcome'] as const;

/** What holds for each call stands once, under `each`; a call may say otherwise. */
export function readExpectation(name: string): Expectation {
  const text = readFileSync(`test/emitters/expected/${name}.yaml`, 'utf8');
  const { each, calls, ...rest } = parse(text) as Expectation & { readonly each?: ExpectedCall };
  return { ...rest, calls: calls.map((call) => ({ ...each, ...call })) };
}

/** Records as an expectation says them, for comparison with it. */
export function summarise(records: readonly AuditRecord[], expected: Expectation): Expectation {
  const calls = records
    .filter(({ kind }) => kind === 'call')
    .toSorted((a, b) => a.facts.startTimeUs - b.facts.startTimeUs)
    .map((record, index) => pick(wholeCall(record), expected.calls[index]));
  if (!expected.inferences) return { calls };
  const inferences = records.filter(({ kind }) => kind === 'inference');
  return {
    calls,
    inferences: {
      count: inferences.length,
      inputTokens: total(inferences.map(({ facts }) => facts.inputTokens)),
      outputTokens: total(inferences.map(({ facts }) => facts.outputTokens)),
      ...storyOf(records, expected.inferences),
    },
  };
}

function storyOf(
  records: readonly AuditRecord[],
  { asked, used }: NonNullable<Expectation['inferences']>,
): Pick<NonNullable<Expectation['inferences']>, 'asked' | 'used'> {
  const ids = new Set(
    records.flatMap(({ kind, facts }) => (kind === 'call' ? [facts.toolCallId] : [])),
  );
  const count = (told: 'toolCallsAsked' | 'toolCallsUsed') => {
    const named = records.flatMap(({ kind, facts }) => (kind === 'inference' ? facts[told] : []));
    return new Set(named.filter((id) => ids.has(id))).size;
  };
  return {
    ...(asked === undefined ? {} : { asked: count('toolCallsAsked') }),
    ...(used === undefined ? {} : { used: count('toolCallsUsed') }),
  };
}

function pick(whole: ExpectedCall, expected: ExpectedCall | undefined): ExpectedCall {
  if (!expected) return whole;
  return Object.fromEntries(Object.keys(expected).map((key) => [key, whole[key] ?? 'unknown']));
}

function wholeCall({ facts, payload }: AuditRecord): ExpectedCall {
  return { ...facts, arguments: argumentsOf(payload) };
}

/** Of a tool's arguments the value that they are the JSON of, else their text; a prompt's come one by one. */
function argumentsOf(payload: AuditRecord['payload']): unknown {
  const found = payload.find(({ name }) => name === 'arguments');
  if (!found) return promptArguments(payload) ?? 'unknown';
  const text = Buffer.from(found.value).toString();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const promptPrefix = 'prompt.variable.';

function promptArguments(payload: AuditRecord['payload']): unknown {
  const variables = payload.filter(({ name }) => name.startsWith(promptPrefix));
  if (variables.length === 0) return undefined;
  return Object.fromEntries(
    variables.map(({ name, value }) => [
      name.slice(promptPrefix.length),
      Buffer.from(value).toString(),
    ]),
  );
}

/** A sum with an unknown part is unknown. */
function total(counts: readonly (number | null)[]): number | 'unknown' {
  if (counts.includes(null)) return 'unknown';
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}
