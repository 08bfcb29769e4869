import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../record-store/clickhouse.ts';
import { startEngine } from '../../record-store/engine.ts';
import { readPassword } from '../../record-store/passwords.ts';
import { tables } from '../../schemas/tables.ts';
import type { FakeHec } from '../support/fake-hec.ts';
import { startFakeHec } from '../support/fake-hec.ts';
import type { TestSpan } from '../support/otlp-json.ts';
import { otlpJson, postTraces } from '../support/otlp-json.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { eventually, startPipeline } from '../support/pipeline.ts';
import { foundInFile } from '../support/scan-file.ts';

/**
 * One value of each class of personal data, in the words that it stands among. Each is unique, so that one that is found tells its
 * class; check digits are right. Through success, error, dead letter, crash and restart none may reach a disk, an export, a log line,
 * a metric or an error message, in any of the forms in which a program writes a text.
 */
const canaries = {
  email: ['mail to ', 'cleo.canary@example.org'],
  phone: ['phone: ', '+49 30 90182047'],
  iban: ['IBAN ', 'DE75512108001245126199'],
  national_id: ['SSN 078-05-1120 is void, SSN ', '536-22-8741'],
  card: ['card ', '4000056655665556'],
  card_verification: ['cvv: ', '7391'],
  password: ['password=', 'Kanarienvogel-93x'],
  secret: ['token ', 'ghp_Cl4ss3sCanaryCl4ss3sCanaryCl4ss3sC1'],
  ip: ['from IP ', '203.0.113.77'],
  employee: ['employee ', 'EMP-730517'],
} as const;

const told = Object.values(canaries)
  .map(([words, value]) => words + value)
  .join('; ');
/** A short number may stand anywhere by chance: of those only the forms that are long enough to be theirs are looked for. */
const NEEDLE_LENGTH_MIN = 8;

const needles = Object.entries(canaries).flatMap(([name, [, value]]) =>
  formsOf(value).map((form) => ({ name, form })),
);

function formsOf(value: string): readonly string[] {
  const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '');
  const forms = [
    value,
    base64,
    Buffer.from(value).toString('hex'),
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    value.replaceAll(' ', ''),
  ];
  return [...new Set(forms)].filter((form) => form.length >= NEEDLE_LENGTH_MIN);
}

const registry = `
servers: [{ name: clinic, status: active, dataClassification: PHI }]
redaction:
  rules: [{ classes: [email], action: drop, fields: ['support.*'] }]
  detectors:
    - id: employee-number
      class: national_id
      pattern: 'EMP-[0-9]{6}'
      context: [employee]
      examples: { matches: ['employee EMP-000000'], ignores: ['EMP-000000'] }
`;

const now = Date.now();
const traceId = 'ca0a7e000000000000000000000000c1';

function spanOf(at: number): TestSpan {
  const structured = Object.fromEntries(
    Object.entries(canaries).map(([name, [, value]]) => [
      name === 'card_verification' ? 'cvv' : name === 'national_id' ? 'ssn' : name,
      value,
    ]),
  );
  return {
    traceId,
    spanId: `ca0a7e00000000${String(at).padStart(2, '0')}`,
    name: `tools/call ${told}`,
    kind: 3,
    startMs: now - 1000 + at,
    endMs: now - 500 + at,
    traceState: `vendor=${canaries.secret[1]}`,
    status: { code: 2, message: told },
    attributes: {
      'mcp.method.name': 'tools/call',
      'gen_ai.tool.name': 'lookup',
      'mcp.server.name': 'clinic',
      'gen_ai.tool.call.arguments': JSON.stringify({
        ...structured,
        employee_id: canaries.employee[1],
        admitted: '2026-03-14',
        nested: JSON.stringify({ note: told }),
      }),
      'gen_ai.tool.call.result': told,
      'gen_ai.prompt.variable.who': told,
      [`note ${told}`]: 'in a key',
      'mcp.resource.uri': `https://api.example.com/find?email=${encodeURIComponent(canaries.email[1])}`,
      baggage: `note=${encodeURIComponent(told)}`,
      structured: { deep: [{ note: told }] },
      bytes: told,
    },
    events: [
      {
        name: 'exception',
        attributes: { 'exception.message': told, 'exception.stacktrace': `at f (${told})\n at g` },
      },
    ],
    links: [{ traceId, spanId: 'ca0a7e00000000ff', attributes: { why: told } }],
  };
}

let dataDir = '';
let hec: FakeHec;
let pipeline: Pipeline;
const said: string[] = [];

function requestOf(...spans: readonly TestSpan[]): string {
  return otlpJson({
    scope: { name: 'canary', version: told },
    resource: { 'service.name': 'canary', 'process.command_line': told },
    spans,
  });
}

async function start(): Promise<void> {
  pipeline = await startPipeline({
    dataDir: join(dataDir, 'data'),
    readyWaitMsMax: 200_000,
    moreArguments: [
      '--registry',
      join(dataDir, 'registry.yaml'),
      '--splunk-hec-url',
      hec.url,
      '--splunk-hec-token-file',
      join(dataDir, 'hec.token'),
    ],
    onSpawn: (child) => {
      child.stdout?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
      child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    },
  });
}

async function sendLogs(): Promise<void> {
  const record = {
    timeUnixNano: `${now}000000`,
    severityText: told,
    body: { stringValue: told },
    eventName: told,
    attributes: [{ key: 'note', value: { stringValue: told } }],
  };
  const resource = { attributes: [{ key: 'note', value: { stringValue: told } }] };
  const scopeLogs = [{ scope: { name: told }, logRecords: [record, { ...record, traceId }] }];
  const response = await fetch(`${pipeline.otlpHttp}/v1/logs`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${pipeline.producerKey}`,
    },
    body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs }] }),
  });
  said.push(await response.text());
  expect(response.status).toBe(200);
}

/** What is wrong about these requests is told; what stands in them is not. */
async function sendWrongly(): Promise<void> {
  const { producerKey } = pipeline;
  const wrong = [
    await postTraces(pipeline, `{"resourceSpans": "${told}"`),
    await postTraces(pipeline, JSON.stringify({ resourceSpans: told })),
    await postTraces({ ...pipeline, producerKey: canaries.secret[1] }, requestOf(spanOf(1))),
    await postTraces(
      { ...pipeline, producerKey },
      requestOf({ ...spanOf(9), spanId: '0'.repeat(16) }),
    ),
  ];
  said.push(...wrong.map(({ text }) => text));
  const headers = { authorization: `Bearer ${pipeline.auditorKey}` };
  const asked = encodeURIComponent(told);
  for (const query of [`agent=${asked}`, `outcome=${asked}`, `from=${asked}`, `cursor=${asked}`]) {
    await (await fetch(`${pipeline.queryApi}/v1/records?${query}`, { headers })).text();
  }
  for (const path of [`conversations/${asked}`, `records/${asked}`, `traces/${asked}`, asked]) {
    const answer = await fetch(`${pipeline.queryApi}/v1/${path}`, { headers });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    said.push(await answer.text());
  }
}

type List = { readonly records: readonly { readonly callId: string }[] };

const askRecords = (count: number) =>
  eventually(
    () => pipeline.ask<List>(`/v1/records?trace=${traceId}`),
    ({ records }) => records.length >= count,
    40_000,
  );

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'waybill-canary-classes-'));
  await writeFile(join(dataDir, 'registry.yaml'), registry);
  await writeFile(join(dataDir, 'hec.token'), 'hec-token', { mode: 0o600 });
  hec = await startFakeHec({ token: 'hec-token' });
  await start();
  expect((await postTraces(pipeline, requestOf(spanOf(1)))).status).toBe(200);
  await sendLogs();
  await sendWrongly();
  await askRecords(1);
  await postTraces(pipeline, requestOf(spanOf(2)));
  await pipeline.kill();
  await start();
  await postTraces(pipeline, requestOf(spanOf(3)));
  await askRecords(3);
  await eventually(
    () => Promise.resolve(hec.indexed.length),
    (count) => count >= 3,
    30_000,
  );
}, 500_000);

afterAll(async () => {
  await pipeline.stop();
  await hec.close();
  await rm(dataDir, { recursive: true, force: true });
});

describe('canaries of every class', () => {
  it('are found by the typed value, and told by class, rule and action', async () => {
    const value = encodeURIComponent(canaries.email[1]);
    const list = await pipeline.ask<List>(`/v1/records?value=${value}&trace=${traceId}`);
    expect(list.records).toHaveLength(3);
    const none = await pipeline.ask<List>(
      `/v1/records?value=nobody%40example.org&trace=${traceId}`,
    );
    expect(none.records).toEqual([]);
    const own = await pipeline.ask<List>(`/v1/records?redactionRule=own%3Aemployee-number`);
    expect(own.records).toHaveLength(3);
    const by = await pipeline.ask<{
      redactions: readonly { group: Record<string, string>; places: number; records: number }[];
    }>('/v1/redactions?by=class,action');
    const employee = by.redactions.find(({ group }) => group['class'] === 'national_id');
    expect(employee?.group['action']).toBe('token');
    expect(employee?.records).toBeGreaterThanOrEqual(3);
  });

  it('stand in no answer, log line, metric or export', async () => {
    const list = await pipeline.ask<List>(`/v1/records?trace=${traceId}`);
    const detail = await pipeline.ask(`/v1/records/${list.records[0]?.callId ?? ''}`);
    const metrics = await (await fetch(`${pipeline.otlpHttp}/metrics`)).text();
    expect(metrics).toContain('waybill_collector_redactions_total{class="email",action="token"}');
    const spoken = [...said, JSON.stringify([list, detail]), metrics, JSON.stringify(hec.indexed)];
    expect(found(spoken.join('\n'))).toEqual([]);
    expect(JSON.stringify(detail)).toContain('[DROPPED:date]');
    expect(JSON.stringify(detail)).toMatch(/values@\d+.*record@\d+/);
  });

  it('stand in no row of any table and in no byte of any file', async () => {
    await pipeline.stop();
    const folder = join(dataDir, 'data');
    const leaks: string[] = [];
    const engine = await startEngine({
      folder: join(folder, 'store'),
      keysFolder: join(folder, 'keys'),
    });
    const { username, passwordFile } = engine.credentials.migrator;
    const store = openStore({
      url: engine.url,
      username,
      password: await readPassword(passwordFile),
    });
    try {
      for (const { name } of tables) {
        const rows = await store.query({ sql: `SELECT * FROM waybill.${name}` });
        for (const hit of found(JSON.stringify(rows))) leaks.push(`${name}: ${hit}`);
      }
    } finally {
      await store.close();
      await engine.stop();
    }
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const path = join(file.parentPath, file.name);
      for (const name of await foundInFile(path, found)) leaks.push(`${path}: ${name}`);
    }
    expect(leaks).toEqual([]);
  }, 120_000);
});

function found(text: string): readonly string[] {
  return [...new Set(needles.filter(({ form }) => text.includes(form)).map(({ name }) => name))];
}
