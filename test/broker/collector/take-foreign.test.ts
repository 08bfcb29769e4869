import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { stringify } from 'yaml';
import { keyFilesOf, makeFirstKeys } from '../../../cli/first-start.ts';
import type { EventLog } from '../../../event-log/event-log.ts';
import { topics } from '../../../schemas/topics.ts';
import type { FreshLog } from '../../support/kafka/fresh-log.ts';
import { freshLog } from '../../support/kafka/fresh-log.ts';
import {
  FOREIGN_EMAIL,
  FOREIGN_PARTITIONS,
  foreignSpans,
  openForeignTopics,
  otlpProto,
  readAll,
  takenSpans,
} from '../../support/kafka/foreign-spans.ts';
import type { RoleProcess } from '../../support/kafka/roles.ts';
import { startRoleProcess } from '../../support/kafka/roles.ts';
import { otlpJson } from '../../support/otlp-json.ts';
import { eventually } from '../../support/pipeline.ts';

const PARTITIONS = 2;

describe('topics of foreign writers', () => {
  let folder: string;
  let fresh: FreshLog;
  let log: EventLog;
  let foreign: Awaited<ReturnType<typeof openForeignTopics>>;
  let configFile: string;
  const running: RoleProcess[] = [];
  const name = (what: string): string => `${fresh.settings.topicPrefix}otel.${what}`;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-foreign-'));
    fresh = await freshLog(inject('brokers'), PARTITIONS);
    foreign = await openForeignTopics(inject('brokers'), [name('proto'), name('json')]);
    await makeFirstKeys(folder);
    configFile = join(folder, 'waybill.yaml');
    writeFileSync(configFile, stringify(configuration()));
    log = await fresh.open();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((process) => process.kill()));
    await log.close();
    await foreign.close();
    await fresh.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  function configuration(): unknown {
    const { masterKeyFile, credentialsFile } = keyFilesOf(folder);
    const { brokers, topicPrefix, stateDirectory } = fresh.settings;
    const owner = { tenant: 'acme', producer: 'otel', trust: 'gateway' };
    return {
      collector: {
        kafka: { brokers, topicPrefix, stateDirectory, sessionWaitMsMax: 3000 },
        partitions: PARTITIONS,
        masterKeyFile,
        credentialsFile,
        otlpHttpPort: 0,
        otlpGrpcPort: 0,
        foreignTopics: [
          { ...owner, topic: name('proto'), encoding: 'otlp_proto' },
          { ...owner, topic: name('json'), encoding: 'otlp_json', trust: 'application' },
        ],
      },
    };
  }

  async function start(): Promise<RoleProcess> {
    const process = await startRoleProcess('collector', configFile);
    running.push(process);
    return process;
  }

  const countTaken = async (): Promise<number> => (await takenSpans(log)).length;

  test('are taken in redacted, under the tenant and trust of the configuration, each span once, a trace in one partition', async () => {
    const mixed = foreignSpans(90, 1);
    // As with the exporter's default partitioner: no key, traces mixed, and each trace's spans in several partitions.
    for (let partition = 0; partition < FOREIGN_PARTITIONS; partition += 1) {
      const own = mixed.filter((_, at) => at % FOREIGN_PARTITIONS === partition);
      await foreign.write(name('proto'), [
        { partition, value: otlpProto(own.slice(0, 20)) },
        { partition, value: otlpProto(own.slice(20)) },
      ]);
    }
    const single = foreignSpans(3, 2);
    const spans = single.map((span) => ({
      ...span,
      name: 'tools/call pay',
      startMs: 1,
      endMs: 2,
      attributes: { 'user.email': FOREIGN_EMAIL },
    }));
    const value = Buffer.from(otlpJson({ spans }));
    await foreign.write(name('json'), [{ partition: 1, key: single[0]?.traceId ?? '', value }]);
    await start();
    await eventually(countTaken, (count) => count >= 93, 30_000);

    const taken = await takenSpans(log);
    const expected = [...mixed, ...single].map(({ spanId }) => spanId);
    expect(taken.map(({ id }) => id).toSorted()).toEqual(expected.toSorted());
    const homes = Map.groupBy(taken, ({ traceId }) => traceId);
    for (const spansOfTrace of homes.values()) {
      expect(new Set(spansOfTrace.map(({ partition }) => partition)).size).toBe(1);
    }
    for (const { id, message } of taken) {
      const trust = id.startsWith('00000001') ? 'gateway' : 'application';
      expect(message.headers).toMatchObject({ tenant: 'acme', producer: 'otel', trust });
      expect(Buffer.from(message.value ?? []).includes(FOREIGN_EMAIL)).toBe(false);
    }
  });

  test.each(['lz4', 'snappy', 'gzip', 'zstd'])(
    'are read where Kafka compressed them with %s',
    async (codec) => {
      const spans = foreignSpans(90, 8);
      await foreign.compress(name('proto'), codec);
      await foreign.write(name('proto'), [
        { partition: 0, value: otlpProto(spans.slice(0, 45)) },
        { partition: 0, value: otlpProto(spans.slice(45)) },
      ]);
      await start();
      await eventually(countTaken, (count) => count >= 90, 30_000);
      const taken = await takenSpans(log);
      expect(taken.map(({ id }) => id).toSorted()).toEqual(
        spans.map(({ spanId }) => spanId).toSorted(),
      );
    },
  );

  test('that get more partitions later are followed into those too, without a restart', async () => {
    const spans = foreignSpans(6, 7);
    await start();
    await start();
    await foreign.write(name('proto'), [{ partition: 0, value: otlpProto(spans.slice(0, 3)) }]);
    await eventually(countTaken, (count) => count === 3, 30_000);
    await foreign.grow(name('proto'), FOREIGN_PARTITIONS + 2);
    const value = otlpProto(spans.slice(3));
    await foreign.write(name('proto'), [{ partition: FOREIGN_PARTITIONS + 1, value }]);
    await eventually(countTaken, (count) => count >= 6, 60_000);
    const taken = await takenSpans(log);
    expect(taken.map(({ id }) => id).toSorted()).toEqual(
      spans.map(({ spanId }) => spanId).toSorted(),
    );
  });

  test('with messages that cannot be read: each becomes a dead letter that says where it lies and not what it says', async () => {
    const [good] = foreignSpans(1, 3);
    const whole = otlpProto(good ? [good] : []);
    const secret = Buffer.from('{"resourceSpans": [4111111111111111');
    await foreign.write(name('proto'), [
      { partition: 0, value: Buffer.from('\x08not protobuf at all') },
      { partition: 0, value: whole.subarray(0, whole.length - 3) },
      { partition: 0, value: null },
      { partition: 0, value: Buffer.alloc(0) },
      { partition: 0, value: whole },
    ]);
    await foreign.write(name('json'), [
      { partition: 2, value: secret },
      { partition: 2, value: Buffer.from('['.repeat(50_000)) },
      { partition: 2, value: Buffer.from('"text"') },
    ]);
    const collector = await start();
    const letters = await eventually(
      () => readAll(log, topics.deadLetters, 0),
      (found) => found.length >= 7,
      30_000,
    );
    await eventually(countTaken, (count) => count === 1, 30_000);
    const places = letters.map(({ value }) => {
      const told = JSON.parse(String(value)) as {
        origin: { topic: string; partition: number; offset: number };
        rejected: { reason: string }[];
      };
      const { topic, partition, offset } = told.origin;
      return `${topic.slice(name('').length)}/${partition}/${offset} ${told.rejected[0]?.reason}`;
    });
    expect(places.toSorted()).toEqual([
      'json/2/0 malformed_message',
      'json/2/1 malformed_message',
      'json/2/2 malformed_message',
      'proto/0/0 malformed_message',
      'proto/0/1 malformed_message',
      'proto/0/2 empty_message',
      'proto/0/3 empty_message',
    ]);
    expect(letters.every(({ value }) => !String(value).includes('4111'))).toBe(true);
    expect(letters.every(({ headers }) => headers['tenant'] === 'acme')).toBe(true);
    const metrics = await fetch(`${collector.addresses['otlpHttp']}/metrics`);
    const text = await metrics.text();
    expect(text).toContain('waybill_collector_foreign_messages_total{outcome="dead_letter"} 7\n');
    expect(text).toContain('waybill_collector_foreign_messages_total{outcome="taken"} 1\n');
    expect(text).toContain('waybill_collector_spans_accepted_total 1\n');
  });

  test('name what was deleted before it was read', async () => {
    const spans = foreignSpans(6, 4);
    const messages = spans.map((span) => ({ partition: 0, value: otlpProto([span]) }));
    await foreign.write(name('proto'), messages.slice(0, 2));
    // What is gone before the topic was ever followed is no gap.
    await foreign.deleteBefore(name('proto'), 0, 1);
    const first = await start();
    await eventually(countTaken, (count) => count === 1, 30_000);
    await first.stop();
    await foreign.write(name('proto'), messages.slice(2));
    await foreign.deleteBefore(name('proto'), 0, 5);
    await start();
    await eventually(countTaken, (count) => count === 2, 30_000);
    const [letter, ...rest] = await readAll(log, topics.deadLetters, 0);
    expect(rest).toEqual([]);
    expect(JSON.parse(String(letter?.value))).toMatchObject({
      rejected: [{ reason: 'deleted_unread', count: 3 }],
      origin: { topic: name('proto'), partition: 0, offset: 2 },
    });
  });

  test('are taken in once and whole while collectors are killed and come back', async () => {
    const spans = foreignSpans(6000, 5);
    const stopping = new AbortController();
    const writing = (async () => {
      for (let at = 0; at < spans.length; at += 30) {
        const partition = (at / 30) % FOREIGN_PARTITIONS;
        const values = [spans.slice(at, at + 15), spans.slice(at + 15, at + 30)].map(otlpProto);
        await foreign.write(
          name('proto'),
          values.map((value) => ({ partition, value })),
        );
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      stopping.abort();
    })();
    await Promise.all([start(), start()]);
    for (let kill = 0; kill < 3; kill += 1) {
      await new Promise((resolve) => setTimeout(resolve, 700));
      await running.splice(0, 1)[0]?.kill();
      await start();
    }
    await writing;
    await eventually(countTaken, (count) => count >= spans.length, 60_000);
    const ids = (await takenSpans(log)).map(({ id }) => id);
    expect(ids.toSorted()).toEqual(spans.map(({ spanId }) => spanId));
    const codes = await Promise.all(running.splice(0).map((process) => process.stop()));
    expect(codes).toEqual([0, 0]);
  });
});
