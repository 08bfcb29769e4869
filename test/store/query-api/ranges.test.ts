import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limitReader } from '../../../query-api/limited-reader.ts';
import { createServer } from '../../../query-api/server.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { encodeRegistryEvent } from '../../../schemas/avro-codec.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import { topics } from '../../../schemas/topics.ts';
import { retireSignerKeys, rotateSignerKey } from '../../../signer/rotate-keys.ts';
import { eventually } from '../../support/pipeline.ts';
import type { SealedPipeline } from '../../support/sealed-pipeline.ts';
import { startSealedPipeline } from '../../support/sealed-pipeline.ts';
import { as, keys, madeApi } from '../../unit/query-api/made-api.ts';

const run = promisify(execFile);
let pipeline: SealedPipeline;
let ledger: RunningRole;
let app: FastifyInstance;
let reader: RecordStore;
let url: string;
const inFolder = (name: string): string => join(pipeline.folder, name);

beforeAll(async () => {
  pipeline = await startSealedPipeline();
  ledger = await pipeline.start();
  reader = await pipeline.store.as('reader');
  const limits = { querySecondsMax: 10, queriesMax: 4, queriesWaitingMax: 100 };
  const api = madeApi(limitReader(reader, limits));
  app = await createServer({ ...api, log: { ...api.log, partitions: 2 } });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  for (const who of ['auditor', 'otherAuditor'] as const)
    await writeFile(inFolder(`${who}.key`), keys[who]);
  await mkdir(inFolder('elsewhere'));
  for (const room of ['verifier', 'integrity'])
    await cp(room, join(inFolder('elsewhere'), room), { recursive: true });
  await pipeline.log.append([declared(60)]);
  await grow(1_500, 1);
  expect(await proveRange('first')).toMatchObject({ code: 0 });
}, 120_000);
afterAll(async () => {
  await app.close();
  await ledger.stop();
  await pipeline.close();
});

let appended = 0;

/** Appends records and waits until all of them are under a head that the meta log has. */
async function grow(count: number, seed: number): Promise<void> {
  await pipeline.append(count, seed);
  appended += count / 2;
  const proved = async () => {
    const answers = [0, 1].map(async (p) =>
      app.inject({ url: `/v1/range?log=records/p${p}/e0&limit=1`, headers: as(keys.auditor) }),
    );
    return (await Promise.all(answers)).map((answer) => answer.json<{ size?: number }>().size);
  };
  const isAll = (sizes: readonly unknown[]): boolean => sizes.every((size) => size === appended);
  await eventually(proved, isAll, 30_000);
}

/** What `waybill prove-range` does, as a person runs it. */
async function proveRange(out: string, ...more: readonly string[]) {
  return command('cli/main.ts', process.cwd(), [
    'prove-range',
    '--url',
    url,
    '--key-file',
    inFolder('auditor.key'),
    '--out',
    inFolder(out),
    ...more,
  ]);
}

/** The verifier from its two folders alone. */
async function verify(out: string, policy: string) {
  const given = ['--policy', inFolder(`${policy}/policy.txt`), '--export', inFolder(out)];
  return command('verifier/main.ts', inFolder('elsewhere'), ['verify-store', ...given]);
}

async function command(file: string, cwd: string, argv: readonly string[]) {
  try {
    const { stdout, stderr } = await run(process.execPath, [file, ...argv], { cwd });
    return { code: 0, told: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, told: stdout + stderr };
  }
}

async function change(out: string, edit: (lines: string[]) => void, name = 'records-p0-e0.0') {
  const copy = `${out}-changed`;
  await rm(inFolder(copy), { recursive: true, force: true });
  await cp(inFolder(out), inFolder(copy), { recursive: true });
  const file = join(inFolder(copy), `${name}.range`);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  edit(lines);
  await writeFile(file, `${lines.join('\n')}\n`);
  return verify(copy, out);
}

describe('ranges that were exported', () => {
  it('of all logs verify offline from two folders, values and declared bodies too', async () => {
    expect((await readdir(inFolder('first'))).toSorted()).toEqual([
      'meta-e0.0.range',
      'policy.txt',
      'records-p0-e0.0.range',
      'records-p1-e0.0.range',
      'registry-p0-e0.0.range',
    ]);
    const { code, told } = await verify('first', 'first');
    expect(told).toContain('750 leaves from 0 on are under size 750 of ');
    expect(told.trimEnd().endsWith('\nVALID')).toBe(true);
    expect(code).toBe(0);
    const [line = ''] = (await lines('first', 'records-p0-e0.0')).filter((one) =>
      one.includes('"leaf":'),
    );
    expect(line).toContain('"fields":[{"name":');
    expect((await lines('first', 'registry-p0-e0.0'))[1]).toContain('"body":"{');
  });

  it.each([
    ['a leaf that was altered', 1, (all: string[]) => void (all[5] = swap(all[5] ?? '', 'leaf'))],
    ['a value that was altered', 1, (all: string[]) => void (all[1] = swap(all[1] ?? '', 'value'))],
    ['a leaf that is gone', 2, (all: string[]) => void all.splice(40, 1)],
    ['a leaf that stands twice', 1, (all: string[]) => void all.splice(40, 0, all[40] ?? '')],
    ['two leaves that changed places', 2, (all: string[]) => all.push(...all.splice(-2).reverse())],
    ['an end that was cut off', 2, (all: string[]) => void all.splice(-3)],
    [
      'a head that was altered',
      1,
      (all: string[]) => void (all[0] = swap(all[0] ?? '', 'checkpoint')),
    ],
  ])('show %s', async (_, wanted, edit) => {
    const { code, told } = await change('first', edit);
    expect(told).toContain(wanted === 1 ? '\nINVALID: this is not' : '\nINCOMPLETE: nothing here');
    expect(code).toBe(wanted);
  });

  it('hold the leaves of the tenant that asks, and others’ hashes alone', async () => {
    const mine = await lines('first', 'records-p1-e0.0');
    expect(mine.join('\n')).not.toContain('umbra');
    expect(mine.some((line) => /^\{"index":\d+,"hash":"[^"]+"\}$/.test(line))).toBe(true);
    const other = await proveRange('other', '--key-file', inFolder('otherAuditor.key'));
    expect(other.code).toBe(0);
    expect((await lines('other', 'records-p1-e0.0')).join('\n')).not.toContain('acme');
    expect((await verify('other', 'first')).code).toBe(0);
    const finops = { url: '/v1/range?log=records/p0/e0', headers: as(keys.finops) };
    expect((await app.inject(finops)).statusCode).toBe(403);
  });

  it('can begin anywhere, and fit what was exported before', async () => {
    expect((await proveRange('end', '--log', 'records/p0/e0', '--first', '300')).code).toBe(0);
    expect((await verify('end', 'first')).told).toContain(
      '450 leaves from 300 on are under size 750',
    );
    await cp(inFolder('first/records-p0-e0.0.range'), inFolder('end/records-p0-e0.0.range'));
    expect((await verify('end', 'first')).code).toBe(0);
    for (const [log, first, code] of [
      ['records/p9/e0', '0', 2],
      ['records/p0/e0', '750', 1],
      ['records/p0/e0', 'x', 2],
    ] as const) {
      expect((await proveRange('none', '--log', log, '--first', first)).code).toBe(code);
    }
    expect((await proveRange('none', '--first', '5')).code).toBe(2);
  });
});

describe('a key that was rotated', () => {
  it('signs beside the old one, then alone; proofs of before and after are believed, and the meta log has every policy', async () => {
    const signer = inFolder('signer');
    await rotateSignerKey(signer);
    await grow(200, 2);
    await proveRange('both');
    await retireSignerKeys(signer);
    await grow(200, 3);
    await proveRange('last');
    for (const [out, policy, code] of [
      ['first', 'first', 0],
      ['first', 'last', 0],
      ['both', 'first', 0],
      ['both', 'last', 0],
      ['last', 'last', 0],
      ['last', 'first', 2],
    ] as const) {
      const report = await verify(out, policy);
      expect([out, policy, report.code]).toEqual([out, policy, code]);
    }
    const meta = await lines('last', 'meta-e0.0');
    const policies = meta.flatMap((line) => {
      const { leaf = '' } = JSON.parse(line) as { leaf?: string };
      return leaf.startsWith('log ') ? [leaf] : [];
    });
    const keysOf = (text: string): number => new Set(text.split('\n')).size - 2;
    // Five logs, then with two keys each; a retired key stays for the logs that it signed, and nobody's reads were sealed here.
    expect(policies.map(keysOf)).toEqual([5, 10, 9]);
    expect(policies.at(-1)).toBe(await readFile(inFolder('last/policy.txt'), 'utf8'));
    expect(await readFile(inFolder('signer/policy.txt'), 'utf8')).toBe(policies.at(-1));
  });

  it('is told apart from a policy that was altered: in the store, in the export, in a verifier’s hands', async () => {
    const altered = await change(
      'last',
      (all) => {
        const at = all.findIndex((line) => line.includes('"leaf":"log '));
        all[at] = (all[at] ?? '').replace('"leaf":"log ', '"leaf":"log  ');
      },
      'meta-e0.0',
    );
    expect(altered.told).toContain('MISMATCH');
    expect(altered.code).toBe(1);
    const policy = await readFile(inFolder('last/policy.txt'), 'utf8');
    await mkdir(inFolder('wrong'));
    const key = /\+([0-9a-f]{8})\+/.exec(policy)?.[1] ?? '';
    await writeFile(inFolder('wrong/policy.txt'), policy.replaceAll(key, '00000000'));
    expect((await verify('last', 'wrong')).told).toContain('POLICY_MALFORMED');
    expect((await verify('last', 'wrong')).code).toBe(2);
  });
});

async function lines(out: string, name: string): Promise<readonly string[]> {
  return (await readFile(inFolder(`${out}/${name}.range`), 'utf8')).trimEnd().split('\n');
}

/** The line with another letter in the middle of a member's text. */
function swap(line: string, member: string): string {
  const begin = line.indexOf(`"${member}":"`) + member.length + 4;
  const at = begin + 12;
  return `${line.slice(0, at)}${line[at] === 'A' ? 'B' : 'A'}${line.slice(at + 1)}`;
}

/** A registry document that is too long for its leaf. */
function declared(teams: number) {
  const team = (id: string) => ({ id, name: `Team ${id}`, costCenter: null, members: [] });
  const body = {
    teams: Array.from({ length: teams }, (_, at) => team(`team-${at}`)),
    agents: [],
    servers: [],
  };
  const value = encodeRegistryEvent({
    eventId: 'e1',
    tenant: 'acme',
    type: 'registry_applied',
    timeUs: Date.now() * 1000,
    actor: 'k',
    digest: null,
    body: JSON.stringify(body),
  });
  return { topic: topics.registry, partition: 0, key: 'acme', headers: {}, value };
}
