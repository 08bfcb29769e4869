import { parseArgs } from 'node:util';
import type { SpansMessage } from '../enricher/engine.ts';
import { createReconciled, noteMessage, noteRecord, noteSpan } from '../enricher/reconciled.ts';
import { createSealCounts } from '../ledger/seal-counts.ts';
import type { Span } from '../otlp/span.ts';
import type { Gap } from '../query-api/reconciliation/find-gaps.ts';
import { findGaps } from '../query-api/reconciliation/find-gaps.ts';
import { readPartitionCounts } from '../query-api/reconciliation/read-reconciled.ts';
import { memoryState } from '../test/unit/enricher/memory-state.ts';
import { generateRecords } from './generated-records.ts';

/*
 * What counting for the reconciliation costs a span, and that one of a million is named wherever it is dropped: before the collector, with its message in
 * the log, or between record and leaf. The counting's own code on state in memory, two partitions, commits of 1,000; CPU seconds, for the machine may be shared.
 */

const { values } = parseArgs({ options: { spans: { type: 'string', default: '1000000' } } });
const spanCount = Number(values.spans);
const PARTITIONS = 2;
const COMMIT_SPANS = 1_000;
const STREAM = '00112233445566ff';
const START_MS = 1_790_000_000_000;

const [made] = generateRecords({
  count: 1,
  seed: 1,
  startUs: START_MS * 1000,
  stepUs: 1,
  tenants: ['acme'],
  revisedOneIn: 0,
  payloadChars: 10,
});
if (!made) throw new Error('There is a record.');
const record = made;

type Drop = 'sender' | 'log' | 'ledger' | undefined;

const plain = spanWith([]);
console.log('| counted | CPU µs a span | state, bytes | look for gaps, ms | found |');
console.log('| --- | --- | --- | --- | --- |');
await measure('spans without numbers', false, undefined);
await measure('numbered spans', true, undefined);
const at = Math.floor(spanCount / 3);
for (const drop of ['sender', 'log', 'ledger'] as const)
  await measure(`${drop} drops number ${at}`, true, drop);

async function measure(name: string, isNumbered: boolean, drop: Drop): Promise<void> {
  const enrichers = Array.from({ length: PARTITIONS }, () => memoryState());
  const ledgers = Array.from({ length: PARTITIONS }, () => memoryState());
  const used = process.cpuUsage();
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    count(partition, isNumbered, drop, {
      enricher: enrichers[partition],
      ledger: ledgers[partition],
    });
  }
  const { user, system } = process.cpuUsage(used);
  const begun = performance.now();
  const gaps = findGaps(await readPartitionCounts(logOf(enrichers, ledgers), 'acme'), {
    nowMs: START_MS + 86_400_000,
    settleMs: 60_000,
    sinceMs: 0,
    untilMs: Number.MAX_SAFE_INTEGER,
  });
  const lookedMs = performance.now() - begun;
  const bytes = [...enrichers, ...ledgers].reduce((sum, { entries }) => {
    return sum + [...entries].reduce((own, [key, value]) => own + key.length + value.length, 0);
  }, 0);
  const cpu = ((user + system) / spanCount).toFixed(2);
  console.log(`| ${name} | ${cpu} | ${bytes} | ${lookedMs.toFixed(0)} | ${told(gaps)} |`);
}

function told(gaps: readonly Gap[]): string {
  const named = gaps.map(({ stage, unit, first, last, count: n }) => {
    return `${stage}: ${n} ${unit}${first === null ? '' : ` ${first}–${last}`}`;
  });
  return named.join('; ') || 'none';
}

type States = {
  readonly enricher: ReturnType<typeof memoryState> | undefined;
  readonly ledger: ReturnType<typeof memoryState> | undefined;
};

function count(
  partition: number,
  isNumbered: boolean,
  drop: Drop,
  { enricher, ledger }: States,
): void {
  if (!enricher || !ledger) throw new Error('Each partition has its states.');
  const reconciled = createReconciled(enricher);
  const sealing = createSealCounts(ledger);
  const isDropped = (number: number) => number === at;
  let appended = 0;
  for (let from = partition; from < spanCount; from += PARTITIONS * COMMIT_SPANS) {
    const numbers: number[] = [];
    for (
      let number = from;
      numbers.length < COMMIT_SPANS && number < spanCount;
      number += PARTITIONS
    ) {
      if (drop !== 'sender' || !isDropped(number)) numbers.push(number);
    }
    const nowMs = START_MS + Math.floor(from / 10);
    const message = messageOf(nowMs, appended, numbers.length);
    const before = drop === 'log' ? numbers.indexOf(at) : -1;
    if (before >= 0) {
      // A message of this span alone is gone from the middle.
      numbers.splice(before, 1);
      noteMessage(reconciled, messageOf(nowMs, appended, before), before, before);
      appended += before + 1;
    }
    const rest = numbers.length - Math.max(before, 0);
    noteMessage(reconciled, messageOf(nowMs, appended, rest), rest, rest);
    appended += rest;
    const held: { producer: string; stream: string; number: number }[] = [];
    for (const number of numbers) {
      noteSpan(reconciled, message, isNumbered ? spanWith(numbered(number)) : plain);
      if (isNumbered) held.push({ producer: 'app', stream: STREAM, number });
    }
    const facts = { ...record.facts, appendTimeUs: nowMs * 1000, producers: ['app'] };
    for (let index = 0; index < numbers.length; index += 1) {
      const own = held[index];
      noteRecord(reconciled, { ...record, facts }, own ? [own] : []);
    }
    enricher.apply(reconciled.drain(nowMs));
    const leaves = numbers.flatMap((number, index) => {
      if (drop === 'ledger' && isDropped(number)) return [];
      const own = held[index];
      return [{ tenant: 'acme', producer: 'app', timeMs: nowMs, numbers: own ? [own] : [] }];
    });
    ledger.apply(sealing.changesOf(leaves, nowMs));
  }
}

function messageOf(appendTimeMs: number, from: number, accepted: number): SpansMessage {
  return {
    kind: 'spans',
    offset: from,
    appendTimeMs,
    tenant: 'acme',
    producer: 'app',
    trust: 'application',
    accepted,
    run: { id: 'aaaaaaaaaaaaaaaa', from },
    spans: [],
  };
}

function numbered(number: number): readonly (readonly [string, string | number])[] {
  return [
    ['telemetry.stream.id', STREAM],
    ['telemetry.stream.number', number],
  ];
}

function spanWith(attributes: readonly (readonly [string, string | number])[]): Span {
  return {
    traceId: '0'.repeat(32),
    spanId: '0'.repeat(16),
    parentSpanId: '',
    traceState: '',
    name: 'ping',
    kind: 'server',
    startTimeUs: 0,
    endTimeUs: 0,
    attributes: new Map(attributes),
    events: [],
    links: [],
    statusCode: 'unset',
    statusMessage: '',
    scopeName: '',
    scopeVersion: '',
    resource: new Map(),
    bytes: new Uint8Array(0),
  };
}

function logOf(
  enrichers: readonly ReturnType<typeof memoryState>[],
  ledgers: readonly ReturnType<typeof memoryState>[],
) {
  return {
    partitions: PARTITIONS,
    range: () => Promise.resolve({ start: 0, end: 0 }),
    inspect: (role: string, partition: number) => {
      const states = { enricher: enrichers, ledger: ledgers }[role];
      const state = states?.[partition] ?? memoryState();
      const { getState, scanState } = state;
      return Promise.resolve({ position: () => 0, getState, scanState });
    },
  };
}
