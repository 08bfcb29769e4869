import type { AuditRecord, Grade } from '../schemas/record-types.ts';
import { GradeValues } from '../schemas/record-types.ts';

/** What one emitter's cases gave. */
export type EmitterRecords = { readonly emitter: string; readonly records: readonly AuditRecord[] };

/**
 * `docs/emitters.md`: for each emitter, what its tested cases show of a call and with which grade, the best of all its cases. What stands
 * there was obtained by a test; what is missing may be missing in the cases or in what the emitter sends.
 */
export function renderEmitters(
  captured: readonly EmitterRecords[],
  written: readonly EmitterRecords[],
): string {
  return `${HEAD}
## Captured from real runs

${table(captured)}
## Written by hand from what is known of them

${table(written)}`;
}

const HEAD = `# What is obtained from each emitter

Generated from the tests by \`npm run generate\`. A grade says how surely the user, agent, server or tool is known in the emitter's best case when its
producer is an application; a gateway's own producer raises \`declared\` to \`gateway\`. \`yes\` says that a value is obtained, \`–\` that no case
shows one, \`tool\` that an agent's use of a tool is a call of which nothing says that it is an MCP server's (flag \`no_mcp_seen\`). Under outcome stand the words that its cases were told; \`unknown\` there means that failure could not be told from success.
Cost is \`computed\` or \`reported\` where tokens or amounts are obtained.
`;

const COLUMNS = [
  'call',
  'user',
  'agent',
  'server',
  'tool',
  'arguments',
  'result',
  'outcome',
  'cost',
];

function table(emitters: readonly EmitterRecords[]): string {
  const rows = emitters
    .toSorted((a, b) => (a.emitter < b.emitter ? -1 : 1))
    .map(({ emitter, records }) => [emitter, ...cells(records)]);
  const lines = [['emitter', ...COLUMNS], ['emitter', ...COLUMNS].map(() => '---'), ...rows];
  return lines.map((cellsOfRow) => `| ${cellsOfRow.join(' | ')} |\n`).join('');
}

function cells(records: readonly AuditRecord[]): readonly string[] {
  const calls = records.filter(({ kind }) => kind === 'call');
  return [
    callOf(calls),
    best(records, 'user'),
    best(records, 'agent'),
    best(calls, 'server'),
    best(calls, 'tool'),
    hasPayload(calls, 'arguments'),
    hasPayload(calls, 'result'),
    [...new Set(calls.map(({ facts }) => facts.outcome))].toSorted().join(', ') || '–',
    costOf(records),
  ];
}

/** Where no case shows an MCP side, the agent's word of its tool is all there is. */
function callOf(calls: readonly AuditRecord[]): string {
  if (calls.length === 0) return '–';
  return calls.every(({ facts }) => facts.flags.includes('no_mcp_seen')) ? 'tool' : 'yes';
}

function best(records: readonly AuditRecord[], kind: 'user' | 'agent' | 'server' | 'tool'): string {
  const grades = records.flatMap(({ chain }) =>
    chain.filter((link) => link.kind === kind && link.id !== null).map(({ grade }) => grade),
  );
  const [first] = grades.toSorted((a: Grade, b: Grade) => rank(a) - rank(b));
  return first ?? '–';
}

function rank(grade: Grade): number {
  return GradeValues.indexOf(grade);
}

function hasPayload(records: readonly AuditRecord[], name: string): string {
  return records.some(({ payload }) => payload.some((field) => field.name === name)) ? 'yes' : '–';
}

function costOf(records: readonly AuditRecord[]): string {
  const inferences = records.filter(({ kind }) => kind === 'inference');
  if (
    inferences.some(({ charges }) => charges.some(({ source }) => source === 'provider_reported'))
  ) {
    return 'reported';
  }
  return inferences.some(({ facts }) => facts.inputTokens !== null) ? 'computed' : '–';
}
