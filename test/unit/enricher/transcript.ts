import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { EngineMessage } from '../../../enricher/engine.ts';
import type { AuditRecord, Link } from '../../../schemas/record-types.ts';
import type { ShortSpan } from './make-span.ts';
import { makeSpan, shortId, transcriptStartMs } from './make-span.ts';

/** A readable run: what arrives when, and what must come out. Times are ms after the transcript's start. */
export type Transcript = {
  readonly title: string;
  readonly why?: string;
  readonly arrives: readonly Arrival[];
  readonly expect: readonly Readonly<Record<string, unknown>>[];
};

type Arrival = {
  readonly at: number;
  readonly producer?: string;
  readonly trust?: 'gateway' | 'application';
  readonly spans?: readonly ShortSpan[];
};

export function readTranscripts(file: string): readonly Transcript[] {
  return parse(readFileSync(file, 'utf8')) as readonly Transcript[];
}

export function messagesOf(transcript: Transcript): readonly EngineMessage[] {
  return transcript.arrives.map((arrival, offset): EngineMessage => {
    const at = { offset, appendTimeMs: transcriptStartMs + arrival.at };
    if (!arrival.spans) return { ...at, kind: 'tick' };
    return {
      ...at,
      kind: 'spans',
      tenant: 'acme',
      producer: arrival.producer ?? 'app',
      trust: arrival.trust ?? 'application',
      accepted: arrival.spans.length,
      spans: arrival.spans.map(makeSpan),
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
    receipts: record.receipts.map(
      ({ rule, path, count, action }) => `${rule} ${path} ${count} ${action}`,
    ),
    merged: record.mergedInto !== null,
    split: record.splitFrom !== null,
    outermost: shortId(record.facts.spanId),
  };
  return Object.fromEntries(Object.keys(expected).map((key) => [key, whole[key]]));
}

function describeLink({ kind, id, grade, inherited }: Link): string {
  return `${kind} ${id ?? '?'} ${grade}${inherited ? ' inherited' : ''}`;
}
