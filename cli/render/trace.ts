import type { RecordSummary } from '../../query-api/present-record.ts';
import type { Names, NodeAnswer, TraceAnswer, UserAnswer } from '../answers.ts';
import { duration, money, UNKNOWN, whole } from './figures.ts';
import { letters } from './letters.ts';
import type { Paint } from './paint.ts';
import { paintFor, printable } from './paint.ts';
import { gradePaint, outcomePaint, outcomeSign, outcomeText } from './outcome.ts';

/** One line before its columns are aligned: a branch, what stands on it, and its figures. */
type Line = {
  readonly branch: string;
  readonly label: string;
  readonly paintLabel: (text: string) => string;
  readonly cells: readonly { readonly text: string; readonly paint: (text: string) => string }[];
};

/**
 * A trace as a tree: user → agent → server › tool, each call with outcome, grade, duration and cost. Takes the answer of
 * `/v1/traces/{traceId}`; pure.
 */
export function renderTrace(trace: TraceAnswer, options: { readonly colour: boolean }): string {
  const paint = paintFor(options.colour);
  const lines = trace.users.flatMap((user) => userLines(user, trace.names, paint));
  const count = `${trace.records} record${trace.records === 1 ? '' : 's'}`;
  const head = `${paint.bold('trace')} ${trace.traceId}  ${paint.dim(count)}`;
  const more = trace.truncated ? [paint.yellow('… and more records than are shown')] : [];
  return [head, ...align(lines), ...more].join('\n');
}

function userLines(user: UserAnswer, names: Names, paint: Paint): readonly Line[] {
  const name = user.user === null ? 'user cannot be told' : (names[user.user] ?? user.user);
  const root: Line = {
    branch: '',
    label: name,
    paintLabel: user.user === null ? paint.dim : paint.bold,
    cells: [{ text: '', paint: paint.dim }, gradeCell(user.grade, paint)],
  };
  return [root, ...childLines(user.children, '', paint)];
}

function childLines(nodes: readonly NodeAnswer[], indent: string, paint: Paint): readonly Line[] {
  return nodes.flatMap((node, at) => {
    const last = at === nodes.length - 1;
    const branch = `${indent}${last ? '└─ ' : '├─ '}`;
    const line =
      node.kind === 'agent'
        ? agentLine(node, branch, paint)
        : recordLine(node.record, branch, paint);
    return [line, ...childLines(node.children, `${indent}${last ? '   ' : '│  '}`, paint)];
  });
}

function agentLine(
  node: Extract<NodeAnswer, { kind: 'agent' }>,
  branch: string,
  paint: Paint,
): Line {
  const service = node.service ? ` (${node.service})` : '';
  const version = node.version ? ` ${node.version}` : '';
  return {
    branch,
    label: node.agent === null ? 'agent cannot be told' : `agent ${node.agent}${version}${service}`,
    paintLabel: paint.bold,
    cells: [{ text: '', paint: paint.dim }, gradeCell(node.grade, paint)],
  };
}

function recordLine(record: RecordSummary, branch: string, paint: Paint): Line {
  const outcome = record['outcome'];
  return {
    branch,
    label: `${record.kind === 'call' ? outcomeSign(outcome) : '·'} ${recordLabel(record)}`,
    paintLabel: (text) => text,
    cells: [
      { text: outcomeText(record), paint: outcomePaint(outcome, paint) },
      gradeCell(String(record['grade']), paint),
      { text: duration(record['durationUs']), paint: paint.dim },
      { text: costText(record), paint: paint.dim },
    ],
  };
}

/** What was called, as the chain's last links: `server › tool`, else the method; a model by its name. */
export function recordLabel(record: RecordSummary): string {
  const method = String(record['method'] ?? record.kind);
  if (record.kind === 'inference') {
    const tokens = `${whole(record['inputTokens'])} → ${whole(record['outputTokens'])} tokens`;
    return `model ${String(record['model'] ?? UNKNOWN)}  ${tokens}`;
  }
  if (record.kind === 'agent_run') return `run of ${String(record['agent'] ?? UNKNOWN)}`;
  const what = record['tool'] ?? record['prompt'] ?? record['resource'] ?? method;
  return `${String(record['server'] ?? 'server cannot be told')} › ${String(what)}`;
}

/** A cost, `unpriced` where no price is known, nothing where nothing is charged. */
export function costText(record: RecordSummary): string {
  if (record['costNano'] !== null) return money(record['costNano'], currencyOf(record));
  return record['costSource'] === 'unpriced' ? 'unpriced' : '';
}

function currencyOf(record: RecordSummary): string | null {
  return typeof record['currency'] === 'string' ? record['currency'] : null;
}

function gradeCell(grade: string, paint: Paint) {
  return { text: grade, paint: gradePaint(grade, paint) };
}

function align(lines: readonly Line[]): readonly string[] {
  const labels = lines.map(({ branch, label }) => branch + printable(label));
  const labelWidth = Math.min(LABEL_WIDTH_MAX, Math.max(0, ...labels.map(lengthOf)));
  const widths = [0, 1, 2, 3].map((at) =>
    Math.max(0, ...lines.map(({ cells }) => lengthOf(printable(cells[at]?.text ?? '')))),
  );
  return lines.map(({ branch, label, paintLabel, cells }) => {
    const text = printable(label);
    const space = ' '.repeat(Math.max(0, labelWidth - lengthOf(branch) - lengthOf(text)));
    const rest = cells.map(({ text: cell, paint }, at) => {
      const shown = printable(cell);
      return paint(shown) + ' '.repeat(Math.max(0, (widths[at] ?? 0) - lengthOf(shown)));
    });
    return `${branch}${paintLabel(text)}${space}  ${rest.join('  ')}`.trimEnd();
  });
}

const LABEL_WIDTH_MAX = 72;

function lengthOf(text: string): number {
  return letters(text).length;
}
