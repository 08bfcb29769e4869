import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { EngineMessage } from '../../../enricher/engine.ts';
import type { AuditRecord, Link } from '../../../schemas/record-types.ts';
import { spanOfLog } from '../../../enricher/log-span.ts';
import type { ShortLog, ShortSpan } from './make-span.ts';
import { makeLog, makeSpan, shortId, transcriptStartMs } from './make-span.ts';

/** A readable run: what arrives when, and what must come out. Times are ms after the transcript's start. */
export type Transcript = {
  readonly title: string;
  readonly why?: string;
  /** The emitter that it shows, as docs/emitters.md names it. */
  readonly emitter?: string;
  readonly arrives: readonly Arrival[];
  readonly expect: readonly Readonly<Record<string, unknown>>[];
};

type Arrival = {
  readonly at: number;
  readonly producer?: string;
  readonly trust?: 'gateway' | 'application';
  readonly spans?: readonly ShortSpan[];
  readonly logs?: readonly ShortLog[];
};

export function readTranscripts(file: string): readonly Transcript[] {
  return parse(readFileSync(file, 'utf8'), { merge: true }) as readonly Transcript[];
}

export function messagesOf(transcript: Transcript): readonly EngineMessage[] {
  return transcript.arrives.map((arrival, offset): EngineMessage => {
    const at = { offset, appendTimeMs: transcriptStartMs + arrival.at };
    const { spans = [], logs = [] } = arrival;
    if (spans.length + logs.length === 0) return { ...at, kind: 'tick' };
    return {
      ...at,
      kind: 'spans',
      tenant: 'acme',
      producer: arrival.producer ?? 'app',
      trust: arrival.trust ?? 'application',
      accepted: spans.length + logs.length,
      spans: [...spans.map(makeSpan), ...logs.map((log) => spanOfLog(makeLog(log)))],
    };
  });
}

/** A record as a transcript says it; only the members that the expectation names are compared. */
export function summarise(
  record: AuditRecord,
  expected: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const whole: Record<string, unknown> = {
    ...record.facts,
    record: `${record.kind} ${record.revision} ${record.change}`,
    chain: record.chain.map(describeLink),
    hops: record.hops.map(({ role, spanId }) => `${role} ${shortId(spanId)}`),
    decidedBy: record.outcomeEvidence.map(
      ({ key, spanId }) => `${key} ${spanId === null ? '' : shortId(spanId)}`,
    ),
    identities: record.identities.map(
      ({ key, principal, subject, chosen }) =>
        `${key} ${principal} ${subject}${chosen ? ' chosen' : ''}`,
    ),
    charges: record.charges.map(({ meter, quantity, source }) => `${meter} ${quantity} ${source}`),
    payload: record.payload.map(({ name, value }) => `${name} ${Buffer.from(value).toString()}`),
    media: record.payload.map(({ mediaType }) => mediaType),
    receipts: record.receipts.map(
      ({ rule, path, count, action }) => `${rule} ${path} ${count} ${action}`,
    ),
    decisions: record.decisions.map(
      ({ kind, verdict, by, rule, waitedUs }) =>
        `${kind} ${verdict}${by === null ? '' : ` by ${by}`}${rule === null ? '' : ` rule ${rule}`}${
          waitedUs === null ? '' : ` after ${waitedUs / 1000} ms`
        }`,
    ),
    definitions: record.definitions.map(({ tool }) => tool),
    originBy: record.originEvidence.map(({ key }) => key),
    merged: record.mergedInto !== null,
    split: record.splitFrom !== null,
    outermost: shortId(record.facts.spanId),
  };
  return Object.fromEntries(Object.keys(expected).map((key) => [key, whole[key]]));
}

function describeLink({ kind, id, name, grade, inherited }: Link): string {
  const said = `${kind} ${id ?? '?'} ${grade}${inherited ? ' inherited' : ''}`;
  return name === null ? said : `${said} (${name})`;
}
