import type { Engine, EngineMessage } from '../../../enricher/engine.ts';
import { createEngine } from '../../../enricher/engine.ts';
import type { Join } from '../../../enricher/joins/join-message.ts';
import { decodeJoin } from '../../../enricher/joins/join-message.ts';
import { encodeAuditRecord } from '../../../schemas/avro-codec.ts';
import type { AuditRecord, TrustClass } from '../../../schemas/record-types.ts';
import type { ShortSpan } from './make-span.ts';
import { hexId, makeSpan, transcriptStartMs } from './make-span.ts';
import { memoryState } from './memory-state.ts';
import { engineOptions } from './run-engine.ts';

export type Arrival = {
  readonly span: ShortSpan;
  readonly atMs: number;
  readonly trust?: TrustClass;
};
type Side = { engine: Engine; readonly state: ReturnType<typeof memoryState>; offset: number };

/**
 * Two partitions, one of the traces whose short id begins with B, one of all others; what one tells the other is taken so
 * much later (undefined: never), at a marker of the other's own.
 */
export function runTwoPartitions(
  arrivals: readonly Arrival[],
  delayMs: number | undefined = 100,
  restart = false,
) {
  const [a, b] = [newSide(), newSide()];
  const sides = [a, b];
  const records: AuditRecord[] = [];
  const joins: Join[] = [];
  const underway: { readonly atMs: number; readonly trace: string; readonly value: Uint8Array }[] =
    [];
  const step = (
    side: Side,
    message: Omit<EngineMessage, 'offset' | 'appendTimeMs'>,
    atMs: number,
  ) => {
    const whole = { ...message, offset: side.offset++, appendTimeMs: transcriptStartMs + atMs };
    records.push(...side.engine.step(whole as EngineMessage));
    for (const { trace, value } of side.engine.takeJoins()) {
      const join = decodeJoin(value);
      if (join) joins.push(join);
      if (delayMs !== undefined) underway.push({ atMs: atMs + delayMs, trace, value });
    }
    side.state.apply(side.engine.drain());
    if (restart) side.engine = createEngine(engineOptions, side.state);
  };
  const deliver = (untilMs: number): void => {
    for (let next = underway[0]; next && next.atMs <= untilMs; next = underway[0]) {
      underway.shift();
      const join = decodeJoin(next.value);
      if (join)
        step(isOfB(next.trace) ? b : a, { kind: 'joins', joins: [join] } as never, next.atMs);
    }
  };
  for (const { span, atMs, trust = 'application' } of arrivals) {
    deliver(atMs);
    const made = makeSpan(span);
    const sender = { tenant: 'acme', producer: 'app', trust } as const;
    const side = isOfB(made.traceId) ? b : a;
    step(side, { kind: 'spans', ...sender, accepted: 1, spans: [made] } as never, atMs);
  }
  const lastMs = arrivals.at(-1)?.atMs ?? 0;
  for (let atMs = lastMs; atMs < lastMs + 60_000; atMs += 250) {
    deliver(atMs);
    for (const side of sides) step(side, { kind: 'tick' } as never, atMs);
  }
  const bytes = records.map((record) => encodeAuditRecord(record).toString('hex'));
  return { records, bytes, joins, counts: countsOf(sides) };
}

function newSide(): Side {
  const state = memoryState();
  return { engine: createEngine(engineOptions, state), state, offset: 0 };
}

/** Traces whose short id begins with B; all else, the homes of what traces share included, lies in the other partition. */
function isOfB(trace: string): boolean {
  return trace.startsWith(hexId('B', 2)) && trace.endsWith('00');
}

function countsOf(sides: readonly Side[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { state } of sides) {
    for (const [key, value] of state.scanState('count/')) {
      const name = key.split('/').at(-1) ?? '';
      counts[name] = (counts[name] ?? 0) + Number(Buffer.from(value).toString());
    }
  }
  return counts;
}
