import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../record-store/clickhouse.ts';
import { startEngine } from '../../record-store/engine.ts';
import { readPassword } from '../../record-store/passwords.ts';
import type { DataClass } from '../../redaction/data-classes.ts';
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
  card_expiry: ['card expires ', '11/2031'],
  password: ['password=', 'Kanarienvogel-93x'],
  secret: ['token ', 'ghp_Cl4ss3sCanaryCl4ss3sCanaryCl4ss3sC1'],
  private_key: ['key ', privateKey('MIIEvQCanaryBADANBgkqhkiG9w0BAQEFAASC')],
  username: ['username: ', 'cleo_canary_77'],
  person: ['signed by ', 'Cleopatra Kanarienvogel'],
  address: ['lives at ', '4711 Canary Wharf Street'],
  birth_date: ['date of birth: ', '1971-07-23'],
  geo: ['position ', '48.137154, 11.576124'],
  ip: ['from IP ', '203.0.113.77'],
  device: ['MAC ', '00:00:5e:00:53:c7'],
  vehicle: ['VIN ', '1M8GDM9AXKP042788'],
  passport: ['passport number ', 'C7KX41Y92'],
  licence: ["driver's license ", 'D6471-99203'],
  bank_account: ['account number ', '5530918274'],
  medical_record: ['MRN ', '8830417562'],
  health_plan: ['member id ', '5520193478'],
  encoded: ['blob ', Buffer.from('{"ssn":"536-22-8741","seen":"yes"}').toString('base64')],
  employee: ['employee ', 'EMP-730517'],
} as const satisfies Partial<Record<DataClass | 'employee', readonly [string, string]>>;

/** In scope for servers that hold health data: the record stage takes them, which knows the server. */
const healthCanaries = {
  date: ['admitted on ', '2026-03-14'],
  web_address: ['see ', 'https://canary-clinic.example.org/cleo'],
} as const;

function privateKey(body: string): string {
  return `-----BEGIN PRIVATE KEY-----${body}-----END PRIVATE KEY-----`;
}

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

/** Told by their keys alone. */
const healthFields = { city: 'Kanarienhausen', diagnosis: 'Morbus Kanarius' } as const;

const healthNeedles: readonly string[] = [
  ...Object.values(healthCanaries).map(([, value]) => value),
  ...Object.values(healthFields),
];

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

/** What payloads call the classes. */
const keyNames: Readonly<Record<string, string>> = {
  card_verification: 'cvv',
  national_id: 'ssn',
  birth_date: 'dob',
  geo: 'coordinates',
  ip: 'client_ip',
  device: 'mac',
  vehicle: 'vin',
  passport: 'passport_number',
  licence: 'driver_license',
  bank_account: 'account_number',
  medical_record: 'mrn',
  health_plan: 'member_id',
  person: 'full_name',
  employee: 'employee_id',
};

function spanOf(at: number): TestSpan {
  const structured = Object.fromEntries(
    Object.entries(canaries).map(([name, [, value]]) => [keyNames[name] ?? name, value]),
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
        ...healthFields,
        admitted: healthCanaries.date[1],
        page: healthCanaries.web_address[1],
        nested: JSON.stringify({ note: told }),
      }),
      'gen_ai.tool.call.result': `${told}; ${Object.values(healthCanaries).flat().join(' ')}`,
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

/** The key of people's tokens gets a second version without a restart; within moments the collector works by it. */
async function rotate(): Promise<void> {
  const arguments_ = ['cli/main.ts', 'redaction-key', 'rotate', '--data-dir'];
  await promisify(execFile)(process.execPath, [...arguments_, join(dataDir, 'data')]);
  let at = 10;
  await eventually(
    async () => {
      at += 1;
      const body = requestOf({ ...spanOf(at), traceId: rotationTrace, links: [] });
      expect((await postTraces(pipeline, body)).status).toBe(200);
      const { records } = await pipeline.ask<List>(`/v1/records?trace=${rotationTrace}`);
      const ids = records.map(({ callId }) => `/v1/records/${callId}`);
      return JSON.stringify(await Promise.all(ids.map((path) => pipeline.ask(path))));
    },
    (details) => details.includes('[EMAIL:k2:'),
    60_000,
  );
}

const rotationTrace = 'ca0a7e000000000000000000000000c2';

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
  await rotate();
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
    const details = await Promise.all(
      list.records.map(({ callId }) => pipeline.ask(`/v1/records/${callId}`)),
    );
    // The third call came behind a rotation: one question finds the person under both versions of the key.
    const versions = JSON.stringify(details).match(/\[EMAIL:k\d+:/g) ?? [];
    expect([...new Set(versions)].sort()).toEqual(['[EMAIL:k1:', '[EMAIL:k2:']);
    const own = await pipeline.ask<List>(
      `/v1/records?redactionRule=own%3Aemployee-number&trace=${traceId}`,
    );
    expect(own.records).toHaveLength(3);
    const by = await pipeline.ask<{
      redactions: readonly { group: Record<string, string>; places: number; records: number }[];
    }>('/v1/redactions?by=class,action');
    const classes = by.redactions.map(({ group }) => group['class']);
    const planted = Object.keys(canaries).filter((name) => name !== 'employee');
    expect(planted.filter((name) => !classes.includes(name))).toEqual([]);
    const employee = by.redactions.find(({ group }) => group['class'] === 'national_id');
    expect(employee?.group['action']).toBe('token');
    expect(employee?.records).toBeGreaterThanOrEqual(3);
  });

  it('stand in no answer, log line, metric or export', async () => {
    const list = await pipeline.ask<List>(`/v1/records?trace=${traceId}`);
    const detail = await pipeline.ask(`/v1/records/${list.records[0]?.callId ?? ''}`);
    const metrics = await (await fetch(`${pipeline.otlpHttp}/metrics`)).text();
    expect(metrics).toContain('waybill_collector_redactions_total{class="email",action="token"}');
    const headers = { authorization: `Bearer ${pipeline.auditorKey}` };
    const ofQueries = await fetch(`${pipeline.queryApi}/metrics`, { headers });
    expect(ofQueries.status).toBe(200);
    const spoken = [
      ...said,
      await ofQueries.text(),
      JSON.stringify([list, detail]),
      metrics,
      JSON.stringify(hec.indexed),
    ];
    expect(found(spoken.join('\n'))).toEqual([]);
    const shown = JSON.stringify([list, detail]) + JSON.stringify(hec.indexed);
    expect(healthNeedles.filter((needle) => shown.includes(needle))).toEqual([]);
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
        const text = JSON.stringify(rows);
        for (const hit of found(text)) leaks.push(`${name}: ${hit}`);
        for (const hit of healthNeedles) if (text.includes(hit)) leaks.push(`${name}: ${hit}`);
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
