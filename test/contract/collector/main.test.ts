import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRequestTemplate } from '../../../bench/load/mcp-request.ts';
import { parseCollectorConfig } from '../../../collector/config.ts';
import { startCollector } from '../../../collector/main.ts';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { LogMessage } from '../../../event-log/event-log.ts';
import { decodeTraces } from '../../../otlp/decode-traces.ts';
import { openDirectoryEntry } from '../../../redaction/principal.ts';
import { saveCredentials } from '../../../registry/credential-file.ts';
import { createKey } from '../../../registry/credentials.ts';
import type { Credential } from '../../../registry/credentials.ts';
import { tenantKey } from '../../../registry/tenant-keys.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import { topics } from '../../../schemas/topics.ts';
import type { Topic } from '../../../schemas/topics.ts';

const masterKey = '5a'.repeat(32);
const gateway = createKey('gate');
const credentials: readonly Credential[] = [
  {
    ...gateway.credential,
    use: 'producer',
    tenant: 'acme',
    producer: 'gate',
    trust: 'gateway',
  },
];

let directory = '';
let role: RunningRole | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waybill-collector-'));
  await writeFile(path('master.key'), `${masterKey}\n`, { mode: 0o600 });
  await saveCredentials(path('credentials.json'), credentials);
});
afterEach(async () => {
  await role?.stop();
  role = undefined;
  await rm(directory, { recursive: true });
});

describe('the collector on the embedded log', () => {
  it('writes redacted spans with the tenant, producer and trust class of the key', async () => {
    role = await start();
    const template = createRequestTemplate(3, 7);
    const [name = ''] = /person\.\d{4}@example\.com/.exec(template.bytes.toString('latin1')) ?? [];
    expect(await post(template.bytes)).toBe(200);
    await role.stop();

    const [message, ...rest] = await readSpans();
    expect(rest).toEqual([]);
    expect(message?.headers).toEqual({
      tenant: 'acme',
      producer: 'gate',
      trust: 'gateway',
      kind: 'spans',
      spans: '3',
      run: expect.stringMatching(/^[0-9a-f]{16}\/0$/),
    });
    const spans = decodeTraces(message?.value ?? Buffer.alloc(0));
    const ids = spans.map(({ attributes }) => attributes.get('user.email'));
    const [id = ''] = ids.filter((one) => typeof one === 'string');
    expect(ids).toEqual([id, id, id]);
    expect(id).toMatch(/^p_[0-9a-f]{32}$/);
    expect(spans[0]?.attributes.get('mcp.session.id')).toMatch(/^s_[0-9a-f]{32}$/);

    const [entry] = await readTopic(topics.directory);
    expect(entry?.key).toBe(`acme/${id}`);
    const key = tenantKey(Buffer.from(masterKey, 'hex'), 'acme', 'directory');
    const place = { tenant: 'acme', principalId: id };
    expect(openDirectoryEntry(key, place, entry?.value ?? Buffer.alloc(0)).name).toBe(name);
    expect(await bytesHold(name)).toBe(false);
    expect(await bytesHold('6f1d9c02-77aa-4b0e')).toBe(false);
    expect(await bytesHold('claims-triage')).toBe(true);
  });

  it('refuses a key soon after it was taken out of the file', async () => {
    role = await start({ credentialsPollMs: 20 });
    const { bytes } = createRequestTemplate(1, 1);
    expect(await post(bytes)).toBe(200);
    await saveCredentials(path('credentials.json'), []);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await post(bytes)).toBe(401);
  });

  it('takes OTLP JSON for the same spans', async () => {
    role = await start();
    const json = {
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: [
                {
                  traceId: '5B8EFFF798038103D269B633813FC60C',
                  spanId: 'EEE19B7EC3C1B174',
                  name: 'tools/call echo',
                  kind: 3,
                  startTimeUnixNano: '1544712660000000000',
                  endTimeUnixNano: '1544712661000000000',
                },
              ],
            },
          ],
        },
      ],
    };
    expect(await post(Buffer.from(JSON.stringify(json)), 'application/json')).toBe(200);
    await role.stop();
    const [message] = await readSpans();
    expect(message?.key).toBe('5b8efff798038103d269b633813fc60c');
    expect(decodeTraces(message?.value ?? Buffer.alloc(0))).toMatchObject([
      { traceId: '5b8efff798038103d269b633813fc60c', name: 'tools/call echo', kind: 'client' },
    ]);
  });

  it('stops twice, lets the log go, and starts again on it', async () => {
    role = await start();
    expect(await post(createRequestTemplate(1, 1).bytes)).toBe(200);
    await Promise.all([role.stop(), role.stop()]);
    role = await start();
    expect(await post(createRequestTemplate(1, 2).bytes)).toBe(200);
    await role.stop();
    const spans = (await readSpans()).map(({ headers }) => headers['spans']);
    expect(spans).toEqual(['1', '1']);
  });

  it('says which file is wrong and leaves nothing open', async () => {
    await writeFile(path('master.key'), 'short', { mode: 0o600 });
    await expect(start()).rejects.toMatchObject({ code: 'COLLECTOR_MASTER_KEY_INVALID' });
    await writeFile(path('master.key'), masterKey, { mode: 0o600 });
    role = await start();
    const { port } = new URL(role.addresses['otlpHttp'] ?? '');
    await expect(
      start({ logDirectory: path('other'), otlpHttpPort: Number(port) }),
    ).rejects.toThrow('EADDRINUSE');
  });
});

function path(name: string): string {
  return join(directory, name);
}

function start(config: Record<string, unknown> = {}): Promise<RunningRole> {
  return startCollector(
    parseCollectorConfig({
      otlpHttpPort: 0,
      otlpGrpcPort: 0,
      logDirectory: path('log'),
      masterKeyFile: path('master.key'),
      credentialsFile: path('credentials.json'),
      ...config,
    }),
  );
}

async function post(body: Buffer, type = 'application/x-protobuf'): Promise<number> {
  const answer = await fetch(`${role?.addresses['otlpHttp']}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': type, authorization: `Bearer ${gateway.key}` },
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** Messages of the spans topic without heartbeats. */
async function readSpans(): Promise<readonly LogMessage[]> {
  const messages = await readTopic(topics.spans);
  return messages.filter(({ headers }) => headers['kind'] !== 'heartbeat');
}

async function readTopic(topic: Topic): Promise<readonly LogMessage[]> {
  const log = await openEmbeddedLog({ folder: path('log') });
  const partitions = topic === topics.spans ? log.partitions : 1;
  const found: LogMessage[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const limits = { messagesMax: 1_000, bytesMax: 10_000_000, waitMsMax: 0 };
    found.push(...(await log.read({ topic, partition, offset: 0 }, limits)));
  }
  await log.close();
  return found;
}

async function bytesHold(text: string): Promise<boolean> {
  const names = await readdir(path('log'));
  const files = await Promise.all(names.map((name) => readFile(path(join('log', name)))));
  return files.some((bytes) => bytes.includes(text));
}
