import { serviceOfAgent } from '../../query-api/trace-tree.ts';
import type { Link } from '../../schemas/record-types.ts';
import type { Names, RecordAnswer } from '../answers.ts';
import { duration, money, UNKNOWN, when } from './figures.ts';
import type { Paint } from './paint.ts';
import { printable } from './paint.ts';
import { gradePaint, outcomePaint, outcomeText } from './outcome.ts';
import { renderTable } from './table.ts';
import { recordLabel } from './trace.ts';

/** One call with all that is known of it: chain, hops, charges, payload, revisions. */
export function renderCall(answer: RecordAnswer, paint: Paint): string {
  const sections = [
    headSection(answer, paint),
    section('Chain', chainTable(answer, paint), paint),
    section('Decisions', decisionsTable(answer, paint), paint),
    section('Named on the way', identitiesTable(answer, paint), paint),
    section('Hops', hopsTable(answer, paint), paint),
    section('Charges', chargesTable(answer, paint), paint),
    section('Redaction', receiptsTable(answer, paint), paint),
    section('Payload', payloadLines(answer), paint),
    section('Revisions', revisionsTable(answer, paint), paint),
  ];
  return sections.filter((text) => text !== '').join('\n\n');
}

function headSection({ summary, record, seal }: RecordAnswer, paint: Paint): string {
  const evidence = record.outcomeEvidence.map(({ key }) => key).join(', ');
  const lines: readonly (readonly [string, string])[] = [
    ['call', record.recordId],
    ['trace', `${record.facts.traceId}  span ${record.facts.spanId}`],
    ['time', `${when(summary.time)} UTC, took ${duration(record.facts.durationUs)}`],
    ['outcome', `${outcomeText(summary)}${evidence ? `  by ${evidence}` : ''}`],
    ['origin', record.facts.origin],
    ['missing', record.facts.missing.join(', ')],
    ['flags', record.facts.flags.join(', ')],
    ['policy', record.facts.redactionPolicies.join(', ')],
    ['seal', `${seal.logId} leaf ${seal.leafIndex}, number ${seal.seq}, ${seal.leafHash}`],
  ];
  const title = outcomePaint(record.facts.outcome, paint)(printable(recordLabel(summary)));
  const told = lines.filter(([, value]) => value !== '');
  return [
    paint.bold(title),
    ...told.map(([name, value]) => `  ${paint.dim(name.padEnd(8))} ${printable(value)}`),
  ].join('\n');
}

/** An agent as filters take it, then its service. */
function whoOrWhat({ kind, id, name }: Pick<Link, 'kind' | 'id' | 'name'>, names: Names): string {
  if (id === null) return UNKNOWN;
  const service = kind === 'agent' ? serviceOfAgent({ id, name }) : null;
  return service === null ? (names[id] ?? name ?? id) : `${id} (${service})`;
}

function chainTable({ record, names }: RecordAnswer, paint: Paint): string {
  if (record.chain.length === 0) return '';
  const rows = record.chain.map(({ kind, id, name, version, grade, inherited, evidence }) => [
    kind,
    whoOrWhat({ kind, id, name }, names),
    version ?? '',
    { text: grade, paint: gradePaint(grade, paint) },
    evidence.map(({ key }) => key).join(', ') + (inherited ? ' (from an ancestor)' : ''),
  ]);
  const columns = ['LINK', 'WHO OR WHAT', 'VERSION', 'GRADE', 'EVIDENCE'];
  return renderTable(
    columns.map((title) => ({ title })),
    rows,
    paint,
  );
}

function decisionsTable({ record, names }: RecordAnswer, paint: Paint): string {
  if (record.decisions.length === 0) return '';
  const rows = record.decisions.map(({ kind, verdict, said, by, rule, ruleVersion, waitedUs }) => [
    kind,
    verdict,
    said,
    by === null ? UNKNOWN : (names[by] ?? by),
    [rule, ruleVersion].filter((text) => text !== null).join(' '),
    waitedUs === null ? UNKNOWN : duration(waitedUs),
  ]);
  const columns = ['KIND', 'VERDICT', 'SAID', 'BY', 'RULE', 'WAITED'];
  return renderTable(
    columns.map((title) => ({ title })),
    rows,
    paint,
  );
}

/** Whom else a record knows of than its chain says: told only where there is somebody. */
function identitiesTable({ record, names }: RecordAnswer, paint: Paint): string {
  if (record.identities.every(({ chosen }) => chosen)) return '';
  const rows = record.identities.map(({ key, principal, subject, producer, trust, chosen }) => [
    names[principal] ?? principal,
    subject,
    key,
    `${producer} (${trust})`,
    chosen ? 'the user' : '',
  ]);
  const columns = ['WHO', 'IS A', 'BY', 'SAID BY', ''];
  return renderTable(
    columns.map((title) => ({ title })),
    rows,
    paint,
  );
}

function hopsTable({ record }: RecordAnswer, paint: Paint): string {
  if (record.hops.length === 0) return '';
  const rows = record.hops.map((hop) => [
    hop.role,
    hop.service ?? UNKNOWN,
    hop.name,
    hop.producer,
    hop.dialect,
    hop.status,
    duration(hop.endTimeUs - hop.startTimeUs),
    hop.spanId,
  ]);
  const columns = ['SEEN BY', 'SERVICE', 'NAME', 'PRODUCER', 'DIALECT', 'STATUS', 'TOOK', 'SPAN'];
  return renderTable(
    columns.map((title) => ({ title })),
    rows,
    paint,
  );
}

function chargesTable({ record }: RecordAnswer, paint: Paint): string {
  if (record.charges.length === 0) return '';
  const rows = record.charges.map(
    ({ meter, quantity, unit, sku, priceId, amountNano, currency }) => [
      meter,
      String(quantity),
      unit,
      sku ?? UNKNOWN,
      priceId ?? UNKNOWN,
      amountNano === null ? 'unpriced' : money(amountNano, currency),
    ],
  );
  const columns = ['METER', 'QUANTITY', 'UNIT', 'SKU', 'PRICE', 'AMOUNT'];
  return renderTable(
    columns.map((title) => ({ title })),
    rows,
    paint,
  );
}

function receiptsTable({ record }: RecordAnswer, paint: Paint): string {
  if (record.receipts.length === 0) return '';
  const rows = record.receipts.map(
    ({ path, dataClass, rule, action, count, keyVersion, tokens }) => [
      path,
      dataClass ?? '',
      rule,
      action,
      String(count),
      keyVersion === null ? '' : `k${keyVersion}`,
      tokens.join(' '),
    ],
  );
  const columns = ['WHERE', 'CLASS', 'RULE', 'ACTION', 'PLACES', 'KEY', 'TOKENS'];
  return renderTable(
    columns.map((title) => ({ title })),
    rows,
    paint,
  );
}

function payloadLines({ payload }: RecordAnswer): string {
  return payload
    .map(({ field, value, bytes, truncated }) => {
      const cut = truncated ? ', cut' : '';
      return `${printable(field)} (${bytes} bytes${cut}): ${printable(value)}`;
    })
    .join('\n');
}

function revisionsTable({ revisions }: RecordAnswer, paint: Paint): string {
  if (revisions.length < 2) return '';
  const rows = revisions.map(({ revision, current, record, seal }) => [
    String(revision),
    current ? 'current' : 'superseded',
    record.change,
    record.facts.outcome,
    record.facts.grade,
    `${seal.logId} ${seal.leafIndex}`,
  ]);
  const columns = ['REVISION', '', 'WHY', 'OUTCOME', 'GRADE', 'LEAF'];
  return renderTable(
    columns.map((title) => ({ title })),
    rows,
    paint,
  );
}

function section(title: string, body: string, paint: Paint): string {
  return body === '' ? '' : `${paint.bold(title)}\n${body}`;
}
