import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { stringify } from 'yaml';
import { run } from '../../../cli/main.ts';
import { openEventLog } from '../../../event-log/open-log.ts';
import { topics } from '../../../schemas/topics.ts';

describe('waybill topics', () => {
  let folder: string;
  let prefix: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-topics-'));
    prefix = `t${randomBytes(4).toString('hex')}.`;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const kafkaSettings = () => ({
    brokers: [...inject('brokers')],
    topicPrefix: prefix,
    stateDirectory: join(folder, 'state'),
  });

  async function topicsCommand(partitions: number, ...more: string[]) {
    const file = join(folder, 'waybill.yaml');
    writeFileSync(file, stringify({ common: { kafka: kafkaSettings(), partitions } }));
    const lines: string[] = [];
    const terminal = {
      out: (line: string) => void lines.push(line),
      note: (line: string) => void lines.push(line),
      progress: () => undefined,
      paint: { bold: String } as never,
      environment: {},
    };
    const code = await run(['topics', '--config', file, ...more], terminal);
    return { code, lines };
  }

  const openLog = (partitions: number) =>
    openEventLog({ kafka: parsed(), partitions }, { onWarning: () => undefined });
  const parsed = () => ({
    ...kafkaSettings(),
    clientId: 'test',
    requestWaitMsMax: 30_000,
    transactionWaitMsMax: 60_000,
    sessionWaitMsMax: 15_000,
  });

  test('names what is missing, makes it, and is then content; the log opens only then', async () => {
    const before = await topicsCommand(3);
    expect(before.code).toBe(1);
    expect(before.lines).toContain(`${prefix}${topics.spans}  missing`);
    await expect(openLog(3)).rejects.toMatchObject({ code: 'EVENT_LOG_TOPICS_MISSING' });
    const made = await topicsCommand(3, '--create', '--replicas', '1');
    expect(made.code).toBe(0);
    expect(made.lines).toContain(`${prefix}${topics.spans}  as needed (created)`);
    const after = await topicsCommand(3);
    expect(after).toMatchObject({ code: 0 });
    await (await openLog(3)).close();
  });

  test('tells another partition count, and the log refuses it', async () => {
    await topicsCommand(2, '--create', '--replicas', '1');
    const { code, lines } = await topicsCommand(3);
    expect(code).toBe(1);
    expect(lines).toContain(`${prefix}${topics.spans}  2 partitions instead of 3`);
    await expect(openLog(3)).rejects.toMatchObject({ code: 'EVENT_LOG_PARTITIONS_DIFFER' });
  });

  test('tells limits below ours, which would lose whole batches, and the log refuses them', async () => {
    await topicsCommand(1, '--create', '--replicas', '1');
    const name = `${prefix}${topics.records}`;
    const kafka = new Kafka({ brokers: [...inject('brokers')], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    const configEntries = [
      { name: 'max.message.bytes', value: '100000' },
      { name: 'message.timestamp.type', value: 'LogAppendTime' },
    ];
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries }],
    });
    await admin.disconnect();
    // A broker answers before it has applied what was altered.
    const told = async () => {
      const { code, lines } = await topicsCommand(1);
      return `${code} ${lines.find((line) => line.startsWith(name))}`;
    };
    await expect.poll(told, { timeout: 20_000 }).toMatch(/^1 .*max\.message\.bytes is 100000/);
    await expect(openLog(1)).rejects.toMatchObject({ code: 'EVENT_LOG_TOPICS_DIFFER' });
  });

  test('says in one sentence that no broker answers', async () => {
    const file = join(folder, 'away.yaml');
    const kafka = { brokers: ['127.0.0.1:1'], stateDirectory: folder };
    writeFileSync(file, stringify({ common: { kafka } }));
    const said: string[] = [];
    const terminal = {
      out: (line: string) => void said.push(line),
      note: (line: string) => void said.push(line),
      progress: () => undefined,
      paint: { bold: String } as never,
      environment: {},
    };
    expect(await run(['topics', '--config', file], terminal)).toBe(1);
    expect(said.join('\n')).toMatch(/^waybill topics: EVENT_LOG_WRITE_FAILED: .*ECONNREFUSED/);
  });
});
