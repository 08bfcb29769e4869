import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { EventLog, Owner } from '../../../event-log/event-log.ts';
import { topics } from '../../../schemas/topics.ts';
import { createCircuit } from '../../../siem-exporter/circuit.ts';
import { cursorKey, exporterRole, ownedCursor } from '../../../siem-exporter/cursor.ts';
import { exportLog } from '../../../siem-exporter/export-log.ts';
import { connectHec } from '../../../siem-exporter/hec-client.ts';
import { mapLeaf } from '../../../siem-exporter/map-leaf.ts';
import { createMetrics } from '../../../siem-exporter/metrics.ts';
import type { SealedLeaf, SealedReader } from '../../../siem-exporter/sealed-leaf.ts';
import { delay } from '../../../siem-exporter/wait.ts';
import type { Fault, FakeHec, FakeHecOptions } from '../../support/fake-hec.ts';
import { startFakeHec } from '../../support/fake-hec.ts';
import { memoryEventLog } from '../../support/memory-event-log.ts';
import { memoryReader, sampleRecord, sealedLeaf } from '../../support/sealed-sample.ts';

const logId = 'records/p0/e0';
const directory = mkdtempSync(join(tmpdir(), 'hec-'));
const tokenFile = join(directory, 'token');
writeFileSync(tokenFile, 'token\n');

const open: FakeHec[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (hec) => hec.close()));
  writeFileSync(tokenFile, 'token\n');
});

async function receiver(options: FakeHecOptions = {}): Promise<FakeHec> {
  const hec = await startFakeHec(options);
  open.push(hec);
  return hec;
}

function laterLeaf(): string {
  const { leaf } = sealedLeaf(0, sampleRecord(0));
  return leaf.replace('"outcome":"success"', '"outcome":"postponed"');
}

function leavesOf(count: number): readonly SealedLeaf[] {
  return Array.from({ length: count }, (_, at) => sealedLeaf(at, sampleRecord(at)));
}

type Run = {
  readonly hec: FakeHec;
  readonly reader: SealedReader;
  readonly log?: EventLog;
  readonly ack?: { readonly pollMs: number; readonly waitMsMax: number };
  readonly refusedInARowMax?: number;
  /** Short only where a receiver stalls: a busy machine must not look like one. */
  readonly requestWaitMsMax?: number;
  readonly tenants?: readonly string[];
};

/** Starts an exporter with small limits and short waits. */
async function start({ hec, reader, log = memoryEventLog(), ...run }: Run) {
  const controller = new AbortController();
  const metrics = createMetrics();
  const owner: Owner = await log.openOwner(exporterRole, 0);
  const sender = await connectHec(
    {
      url: hec.url,
      tokenFile,
      caFile: null,
      requestWaitMsMax: run.requestWaitMsMax ?? 5_000,
      ack: run.ack ?? null,
      connectionsMax: 1,
    },
    Date.now,
  );
  const cursor = ownedCursor(owner, 'splunk', logId);
  const settings = {
    envelope: { host: 'h', source: 's', sourcetype: 'ocsf:mcp_audit', index: null },
    productVersion: '0.1.0',
    tenants: new Set(run.tenants ?? ['acme']),
    revisions: 'all',
  } as const;
  const { signal } = controller;
  const finished = exportLog({
    logId,
    reader,
    cursor,
    map: (leaf) => mapLeaf(leaf, settings),
    delivery: {
      sender,
      circuit: createCircuit(3),
      metrics,
      limits: {
        retry: { firstMs: 1, msMax: 4 },
        hold: { firstMs: 2, msMax: 4 },
        slowDownMs: 1,
        refusedInARowMax: run.refusedInARowMax ?? 1000,
      },
      random: () => 1,
      delay,
      signal,
      run: { refused: 0 },
    },
    read: { leavesMax: 20, bytesMax: 1_000_000 },
    batch: { eventsMax: 5, bytesMax: 1_000_000 },
    pollMs: 2,
  });
  const stop = async () => {
    controller.abort();
    await finished;
    sender.close();
  };
  const until = async (reached: () => boolean) => {
    const deadline = Date.now() + 10_000;
    while (!reached()) {
      if (Date.now() > deadline) throw new Error('the exporter did not get there in time');
      await delay(2, signal);
    }
  };
  return { metrics, cursor, log, owner, stop, until, finished };
}

const uids = (hec: FakeHec) => hec.indexed.map(({ event }) => event.metadata.uid);
const ids = (count: number) => Array.from({ length: count }, (_, at) => sampleRecord(at).recordId);
const once =
  (fault: Fault) =>
  (request: number): Fault =>
    request === 0 ? fault : { kind: 'none' };

describe('the exporter', () => {
  it('delivers every sealed leaf in order, in batches within the limit, and remembers how far it came', async () => {
    const hec = await receiver();
    const exporter = await start({ hec, reader: memoryReader(leavesOf(43)) });
    await exporter.until(() => exporter.cursor.position() === 43);
    await exporter.stop();
    expect(uids(hec)).toEqual(ids(43));
    expect(Math.max(...hec.requests.map(({ events }) => events))).toBe(5);
    const view = await exporter.log.inspect(exporterRole, 0);
    const kept = view.getState(cursorKey('splunk', logId));
    expect(Buffer.from(kept ?? []).toString()).toBe('43');
    expect(exporter.metrics.snapshot().eventsDelivered).toBe(43);
  });

  it('sends gzip and a channel, and the envelope that dates an event by its call', async () => {
    const hec = await receiver();
    const exporter = await start({ hec, reader: memoryReader(leavesOf(2)) });
    await exporter.until(() => exporter.cursor.position() === 2);
    await exporter.stop();
    expect(hec.requests[0]?.headers).toMatchObject({
      'content-encoding': 'gzip',
      authorization: 'Splunk token',
      'x-splunk-request-channel': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(hec.indexed[0]).toMatchObject({
      time: 1_795_219_200.4,
      host: 'h',
      source: 's',
      sourcetype: 'ocsf:mcp_audit',
      event: { class_uid: 6003 },
    });
    expect(hec.indexed[0]).not.toHaveProperty('index');
  });

  it.each<[string, Fault, number]>([
    [
      'is busy and says when to come back',
      { kind: 'refuse', status: 503, code: 9, retryAfter: '1' },
      0,
    ],
    ['is at capacity', { kind: 'refuse', status: 429, code: 26 }, 0],
    ['fails', { kind: 'refuse', status: 500, code: 8 }, 0],
    ['never answers', { kind: 'stall', taken: false }, 0],
    ['resets the connection', { kind: 'reset', taken: false }, 0],
    ['takes the events and never answers', { kind: 'stall', taken: true }, 5],
    ['takes the events and resets the connection', { kind: 'reset', taken: true }, 5],
  ])('loses nothing when the receiver %s', async (_, fault, duplicates) => {
    const hec = await receiver({ fault: once(fault) });
    const reader = memoryReader(leavesOf(10));
    const exporter = await start({ hec, reader, requestWaitMsMax: 500 });
    await exporter.until(() => exporter.cursor.position() === 10);
    await exporter.stop();
    expect(uids(hec).slice(duplicates)).toEqual(ids(10));
    expect(uids(hec)).toHaveLength(10 + duplicates);
    expect([...exporter.metrics.snapshot().retries.values()]).toEqual([1]);
    expect(await exporter.log.inspect(exporterRole, 0)).toBeDefined();
  });

  it('holds while the token is refused, says so, and takes up a rotated token without a restart', async () => {
    const hec = await receiver({ token: 'rotated' });
    const exporter = await start({ hec, reader: memoryReader(leavesOf(7)) });
    await exporter.until(() => exporter.metrics.snapshot().holdReason === 'hec_4');
    expect(exporter.cursor.position()).toBe(0);
    expect(exporter.metrics.snapshot().logs.get(logId)).toEqual({
      cursor: 0,
      sealedSize: 7,
      waitingSinceMs: 1_795_219_201_000,
      trouble: null,
    });
    writeFileSync(tokenFile, 'rotated');
    await exporter.until(() => exporter.cursor.position() === 7);
    await exporter.stop();
    expect(exporter.metrics.snapshot().holdReason).toBeNull();
    expect(uids(hec)).toEqual(ids(7));
  });

  it('puts a single refused event among the dead letters, with its place and digest but not its content', async () => {
    const bad = sampleRecord(3).recordId;
    const hec = await receiver({
      refuses: ({ event }) => (event.metadata.uid === bad ? 12 : undefined),
    });
    const log = memoryEventLog();
    const exporter = await start({ hec, reader: memoryReader(leavesOf(10)), log });
    await exporter.until(() => exporter.cursor.position() === 10);
    await exporter.stop();
    expect(new Set(uids(hec))).toEqual(new Set(ids(10).filter((id) => id !== bad)));
    const [letter, ...others] = log.messages(topics.deadLetters);
    expect(others).toEqual([]);
    const text = Buffer.from(letter?.value ?? []).toString();
    expect(JSON.parse(text)).toEqual({
      from: 'siem-exporter',
      destination: 'splunk',
      logId,
      leafIndex: 3,
      tenant: 'acme',
      recordId: bad,
      reason: 'hec_12',
      bytes: expect.any(Number),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(text).not.toContain('read_file');
  });

  it.each(['enterprise', 'cloud'] as const)(
    'halves what is too large for a receiver of the kind %s until it fits',
    async (tooLarge) => {
      const hec = await receiver({ bodyBytesMax: 4_500, tooLarge });
      const exporter = await start({ hec, reader: memoryReader(leavesOf(10)) });
      await exporter.until(() => exporter.cursor.position() === 10);
      await exporter.stop();
      expect(uids(hec)).toEqual(ids(10));
      expect(exporter.metrics.snapshot().splits).toBeGreaterThan(0);
      expect(await exporter.log.inspect(exporterRole, 0)).toBeDefined();
    },
  );

  it('stands still instead of refusing the whole trail one by one', async () => {
    const hec = await receiver({ refuses: () => 15 });
    const log = memoryEventLog();
    const exporter = await start({
      hec,
      reader: memoryReader(leavesOf(40)),
      log,
      refusedInARowMax: 3,
    });
    await exporter.until(() => exporter.metrics.snapshot().holdReason === 'refuses_everything');
    await exporter.stop();
    expect(exporter.cursor.position()).toBe(0);
    expect(log.messages(topics.deadLetters)).toHaveLength(0);
  });

  it('waits for the acknowledgement where asked to, and sends again what was never acknowledged', async () => {
    const hec = await receiver({ ackAfterPolls: 2 });
    const ack = { pollMs: 2, waitMsMax: 5_000 };
    const exporter = await start({ hec, reader: memoryReader(leavesOf(5)), ack });
    await exporter.until(() => exporter.cursor.position() === 5);
    await exporter.stop();
    expect(uids(hec)).toEqual(ids(5));

    const never = await receiver({ ackAfterPolls: 1_000_000 });
    const waiting = await start({
      hec: never,
      reader: memoryReader(leavesOf(5)),
      ack: { pollMs: 2, waitMsMax: 10 },
    });
    await waiting.until(() => waiting.metrics.snapshot().acksMissed >= 1);
    expect(waiting.cursor.position()).toBe(0);
    await waiting.stop();
  });

  it('stands still, and says why, where acknowledgements are asked for that the token has turned off', async () => {
    const hec = await receiver();
    const ack = { pollMs: 2, waitMsMax: 5_000 };
    const exporter = await start({ hec, reader: memoryReader(leavesOf(5)), ack });
    await exporter.until(() => exporter.metrics.snapshot().holdReason === 'ack_disabled');
    expect(exporter.cursor.position()).toBe(0);
    hec.options.current = { ackAfterPolls: 1 };
    await exporter.until(() => exporter.cursor.position() === 5);
    await exporter.stop();
  });

  it("tells a destination nothing of tenants that are not its own, nor of a leaf's claim to be another's", async () => {
    const other = { ...sealedLeaf(1, sampleRecord(1)), tenant: 'other' };
    const leaves = [sealedLeaf(0, sampleRecord(0)), other, sealedLeaf(2, sampleRecord(2))];
    const hec = await receiver();
    const exporter = await start({ hec, reader: memoryReader(leaves) });
    await exporter.until(() => exporter.cursor.position() === 3);
    await exporter.stop();
    expect(uids(hec)).toEqual([sampleRecord(0).recordId, sampleRecord(2).recordId]);
    expect(exporter.metrics.snapshot().leavesFiltered).toBe(1);
  });

  it.each([
    ['is no record', '{"what":'],
    ['holds what a later version sealed', laterLeaf()],
  ])('passes a leaf that %s to the dead letters and goes on', async (_, leaf) => {
    const broken = { ...sealedLeaf(0, sampleRecord(0)), leaf };
    const hec = await receiver();
    const log = memoryEventLog();
    const leaves = [broken, sealedLeaf(1, sampleRecord(1))];
    const exporter = await start({ hec, reader: memoryReader(leaves), log });
    await exporter.until(() => exporter.cursor.position() === 2);
    await exporter.stop();
    expect(uids(hec)).toEqual([sampleRecord(1).recordId]);
    expect(log.messages(topics.deadLetters)).toHaveLength(1);
  });

  it('tries an unreadable store again for ever, and never skips', async () => {
    const whole = memoryReader(leavesOf(5));
    let failures = 3;
    const reader: SealedReader = {
      ...whole,
      read: async (...asked) => {
        failures -= 1;
        if (failures >= 0) throw new Error('connection refused');
        return whole.read(...asked);
      },
    };
    const hec = await receiver();
    const exporter = await start({ hec, reader });
    await exporter.until(
      () => exporter.metrics.snapshot().logs.get(logId)?.trouble === 'SIEM_STORE_UNREADABLE',
    );
    await exporter.until(() => exporter.cursor.position() === 5);
    await exporter.stop();
    expect(uids(hec)).toEqual(ids(5));
  });

  it('ends when a later exporter has taken its place', async () => {
    const log = memoryEventLog();
    const hec = await receiver({ fault: () => ({ kind: 'refuse', status: 503, code: 9 }) });
    const exporter = await start({ hec, reader: memoryReader(leavesOf(5)), log });
    await exporter.until(() => exporter.metrics.snapshot().attempts > 0);
    await log.openOwner(exporterRole, 0);
    hec.options.current = {};
    await expect(exporter.finished).rejects.toMatchObject({ code: 'EVENT_LOG_FENCED' });
  });

  it('holds one read of leaves and no more before a receiver that never answers', async () => {
    const whole = memoryReader(leavesOf(10_000));
    const asked: number[] = [];
    const reader: SealedReader = {
      ...whole,
      read: async (id, from, limits) => {
        asked.push(from);
        return whole.read(id, from, limits);
      },
    };
    const hec = await receiver({ fault: () => ({ kind: 'stall', taken: false }) });
    const exporter = await start({ hec, reader, requestWaitMsMax: 60 });
    await exporter.until(() => exporter.metrics.snapshot().attempts >= 3);
    expect(asked).toEqual([0]);
    expect(exporter.metrics.snapshot().logs.get(logId)?.sealedSize).toBe(10_000);
    await exporter.stop();
    expect(exporter.cursor.position()).toBe(0);
  });

  it('has delivered all that is sealed, in order, under any faults and restarts; what came twice has the same id', async () => {
    const fault = fc.oneof<fc.Arbitrary<Fault>[]>(
      fc.constant({ kind: 'none' }),
      fc.constant({ kind: 'warn' }),
      fc.constantFrom<Fault>(
        { kind: 'refuse', status: 503, code: 9 },
        { kind: 'refuse', status: 401, code: 3 },
        { kind: 'refuse', status: 502 },
        { kind: 'refuse', status: 413 },
      ),
      fc.boolean().map((taken) => ({ kind: 'reset', taken })),
      fc.boolean().map((taken) => ({ kind: 'stall', taken })),
    );
    const plan = fc.record({
      faults: fc.array(fault, { maxLength: 12 }),
      leaves: fc.integer({ min: 1, max: 40 }),
      stopsAfter: fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ faults, leaves, stopsAfter }) => {
        const hec = await receiver({ fault: (n) => faults[n] ?? { kind: 'none' } });
        const reader = memoryReader(leavesOf(leaves));
        const log = memoryEventLog();
        for (const attempts of stopsAfter) {
          const cut = await start({ hec, reader, log, requestWaitMsMax: 60 });
          await cut.until(
            () => cut.metrics.attempts >= attempts || cut.cursor.position() === leaves,
          );
          await cut.stop();
        }
        const last = await start({ hec, reader, log, requestWaitMsMax: 60 });
        await last.until(() => last.cursor.position() === leaves);
        await last.stop();
        const refused = log
          .messages(topics.deadLetters)
          .map(
            ({ value }) =>
              (JSON.parse(String(Buffer.from(value ?? []))) as { recordId: string }).recordId,
          );
        const delivered = uids(hec);
        expect(new Set([...delivered, ...refused])).toEqual(new Set(ids(leaves)));
        // In order: no event is seen for the first time before one that is sealed earlier.
        const firsts = [...new Set(delivered)];
        expect(firsts).toEqual(firsts.toSorted());
      }),
      { numRuns: 40, seed: 20_261_121 },
    );
  }, 60_000);
});
