import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeRegistryEvent } from '../../../schemas/avro-codec.ts';
import { topics } from '../../../schemas/topics.ts';
import type { Deployment } from '../../support/kafka/deployment.ts';
import { startDeployment } from '../../support/kafka/deployment.ts';
import { readAll } from '../../support/kafka/foreign-spans.ts';
import type { RoleProcess } from '../../support/kafka/roles.ts';
import type { Brokers } from '../../support/kafka/start-brokers.ts';
import { startBrokers } from '../../support/kafka/start-brokers.ts';

type Answered = { readonly status: number; readonly body: { readonly writePath?: object } };

describe('questions while Kafka is away', () => {
  let brokers: Brokers;
  let deployment: Deployment;
  let api: RoleProcess;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-reads-'));
    brokers = await startBrokers({ nodes: 1 });
    deployment = await startDeployment(brokers.addresses, 2);
    api = await deployment.start('query-api', 'query-api', [`readSpool.folder=${folder}`]);
  });
  afterAll(async () => {
    await deployment.stop();
    await brokers.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function ask(number: number): Promise<Answered> {
    const url = `${api.addresses['queryApi']}/v1/counts?by=tool&tool=asked-${number}`;
    const headers = { authorization: `Bearer ${deployment.auditorKey}` };
    const response = await fetch(url, { headers });
    return { status: response.status, body: (await response.json()) as Answered['body'] };
  }

  async function recorded(): Promise<readonly number[]> {
    const log = await deployment.openLog();
    const events = await readAll(log, topics.reads, 0);
    await log.close();
    return events.map(({ value }) => {
      const { body } = decodeRegistryEvent(Buffer.from(value ?? []));
      return Number(/asked-(\d+)/.exec(body)?.[1]);
    });
  }

  test('are answered and say so; each is in the log, in order, when it is back', async () => {
    const before = await ask(0);
    expect(before.status).toBe(200);
    expect(before.body).not.toHaveProperty('writePath');
    await brokers.kill(0);
    for (const number of [1, 2, 3, 4, 5]) {
      const { status, body } = await ask(number);
      expect(status).toBe(200);
      expect(body.writePath).toMatchObject({ downSince: expect.stringMatching(/^20.*Z$/) });
    }
    await brokers.start(0);
    let number = 6;
    await expect
      .poll(async () => (await ask(number++)).body.writePath, { timeout: 90_000, interval: 1000 })
      .toBe(undefined);
    await expect.poll(recorded, { timeout: 30_000 }).toContain(number - 1);
    const all = await recorded();
    expect([...new Set(all)]).toEqual(Array.from({ length: number }, (_, at) => at));
    // What was under way when the broker went may stand there twice; nothing else may.
    expect(all.length - new Set(all).size).toBeLessThanOrEqual(1);
  });

  test('are refused as before where no place was given to keep who asked', async () => {
    const plain = await deployment.start('query-api', 'query-api-plain');
    await brokers.kill(0);
    const headers = { authorization: `Bearer ${deployment.auditorKey}` };
    const response = await fetch(`${plain.addresses['queryApi']}/v1/counts?by=tool`, { headers });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'TRAIL_UNAVAILABLE' });
    await brokers.start(0);
  });
});
