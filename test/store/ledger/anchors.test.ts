import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { witnessServer } from '../../../anchors/serve-witness.ts';
import { openWitnessMemory } from '../../../anchors/witness-memory.ts';
import { openWitnessKey } from '../../../anchors/witness-key.ts';
import { openCheckpoint } from '../../../integrity/open-checkpoint.ts';
import { parsePolicy } from '../../../integrity/policy.ts';
import { formatVerifierKey } from '../../../integrity/verifier-key.ts';
import type { AnchorState } from '../../../query-api/read-anchors.ts';
import { readAnchors } from '../../../query-api/read-anchors.ts';
import { proveRecord } from '../../../query-api/make-proof.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import { exitCodeOf } from '../../../verifier/report.ts';
import { verifyRecord } from '../../../verifier/verify-record.ts';
import { parseSiemExporterConfig } from '../../../siem-exporter/config.ts';
import { startSiemExporter } from '../../../siem-exporter/main.ts';
import { startFakeHec } from '../../support/fake-hec.ts';
import type { SealedPipeline } from '../../support/sealed-pipeline.ts';
import { startSealedPipeline } from '../../support/sealed-pipeline.ts';
import { timeStampAuthority } from '../../support/time-stamp-authority.ts';

let pipeline: SealedPipeline;
let ledger: RunningRole;
const servers: Server[] = [];
const at = (...path: readonly string[]): string => join(pipeline.folder, ...path);

beforeAll(async () => {
  pipeline = await startSealedPipeline();
});
afterAll(async () => {
  for (const server of servers) server.close();
  await pipeline.close();
});

async function listen(server: Server): Promise<string> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function authority() {
  mkdirSync(at('tsa'));
  const tsa = timeStampAuthority(at('tsa'));
  tsa.makeAuthority();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => response.end(tsa.stamp(Buffer.concat(parts))));
  });
  return { tsa, url: await listen(server) };
}

/** A witness that knows the deployment's meta log by its published policy. */
async function witness() {
  const policy = parsePolicy(readFileSync(at('signer', 'policy.txt'), 'utf8'));
  const signer = await openWitnessKey(at('witness.key'), 'witness.example/w1');
  const memory = openWitnessMemory(at('witness.db'));
  const server = witnessServer({ policy, signer, memory, now: Date.now }, () => undefined);
  return { url: await listen(server), key: formatVerifierKey(signer.key) };
}

function kept(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.checkpoint')).toSorted();
}

async function stateOf(name: string): Promise<AnchorState | undefined> {
  const reader = await pipeline.store.as('reader');
  const sql = `SELECT max(size) AS size FROM waybill.checkpoints WHERE log_id = 'meta/e0'`;
  const [meta] = await reader.query<{ size: number }>({ sql });
  const states = await readAnchors(pipeline.log, meta?.size ?? 0);
  return states.find((state) => state.name === name);
}

async function metricsText(): Promise<string> {
  return (await fetch(ledger.addresses['ledgerMetrics'] ?? '')).text();
}

describe('anchors', () => {
  it('are given the signed heads of the meta log, and one that is away holds up nobody', async () => {
    ledger = await pipeline.start();
    await pipeline.append(100, 1);
    await expect.poll(() => existsSync(at('signer', 'policy.txt'))).toBe(true);
    await ledger.stop();
    const { url: tsaUrl } = await authority();
    const { url, key } = await witness();
    ledger = await pipeline.start({
      anchorRetryFirstMs: 50,
      anchorRetryMsMax: 200,
      anchors: [
        { kind: 'folder', name: 'folder', everyMs: 1, folder: at('kept') },
        { kind: 'witness', name: 'w1', everyMs: 1, url, key },
        { kind: 'witness', name: 'away', everyMs: 1, url: 'http://127.0.0.1:9', key },
        {
          kind: 'time-stamp',
          name: 'tsa',
          everyMs: 1,
          url: tsaUrl,
          authoritiesFile: at('tsa', 'root.pem'),
          folder: at('stamps'),
        },
      ],
    });
    await pipeline.append(400, 2);
    for (const name of ['folder', 'w1', 'tsa']) {
      await expect
        .poll(async () => stateOf(name), { timeout: 30_000 })
        .toMatchObject({ behind: 0, failures: 0, trouble: null });
    }
    await expect
      .poll(async () => (await stateOf('away'))?.failures ?? 0, { timeout: 30_000 })
      .toBeGreaterThan(2);
    expect(await stateOf('away')).toMatchObject({
      size: 0,
      keptAt: null,
      trouble: 'ANCHOR_UNREACHABLE',
    });
    const metrics = await metricsText();
    expect(metrics).toMatch(/waybill_ledger_anchor_lag_leaves\{anchor="folder"\} 0/);
    expect(metrics).toMatch(/waybill_ledger_anchor_failures\{anchor="away"\} [1-9]/);
    expect(metrics).toMatch(/waybill_ledger_log_leaves\{log="records\/p0\/e0"\} 250/);
  });

  it('hold what the log signed, and the authority’s answer is one that OpenSSL takes', async () => {
    const keys = parsePolicy(readFileSync(at('signer', 'policy.txt'), 'utf8')).logs.map(
      ({ key }) => key,
    );
    const heads = kept(at('kept'));
    expect(heads.length).toBeGreaterThan(0);
    for (const head of heads) {
      const note = readFileSync(at('kept', head), 'utf8');
      const { checkpoint } = await openCheckpoint(note, keys);
      expect(head).toContain(String(checkpoint.size).padStart(16, '0'));
    }
    const [stamped = ''] = kept(at('stamps'));
    const file = at('stamps', stamped);
    const options = ['-CAfile', 'root.pem', '-untrusted', 'middle.pem'];
    const asked = ['ts', '-verify', '-data', file, '-in', `${file}.tsr`, ...options];
    const said = timeStampAuthority(at('tsa')).openssl(...asked);
    expect(said).toContain('OK');
  });

  it('make proofs hold for those who ask for the witness’s signature', async () => {
    const reader = await pipeline.store.as('reader');
    const [row] = await reader.query<{ leaf: string }>({
      sql: `SELECT leaf FROM waybill.leaves WHERE log_id = 'records/p0/e0' AND leaf_index = 7`,
    });
    const signer = await openWitnessKey(at('witness.key'), 'witness.example/w1');
    const published = readFileSync(at('signer', 'policy.txt'), 'utf8');
    const witnessLine = `witness w1 ${formatVerifierKey(signer.key)}\nquorum w1\n`;
    const asked = { proof: '', leaf: Buffer.from(row?.leaf ?? '') };
    const proof = await proveRecord(reader, { logId: 'records/p0/e0', leafIndex: 7 });
    const policy = published.replace('quorum none\n', witnessLine);
    const report = await verifyRecord({ ...asked, proof, policy });
    expect(exitCodeOf(report)).toBe(0);
    const alone = proof.replaceAll(/— witness.example\/w1 .*\n/g, '');
    expect(alone).not.toBe(proof);
    expect(exitCodeOf(await verifyRecord({ ...asked, proof: alone, policy }))).not.toBe(0);
  });

  it('include the SIEM, which is sent every signed head that the meta log seals', async () => {
    const hec = await startFakeHec();
    writeFileSync(at('token'), 'token\n');
    const exporter = await startSiemExporter(
      parseSiemExporterConfig({
        logDirectory: at('log'),
        storeUrl: pipeline.store.engine.url,
        storePasswordFile: pipeline.store.engine.credentials.reader.passwordFile,
        hecUrl: hec.url,
        hecTokenFile: at('token'),
        tenants: ['nobody'],
        pollMs: 20,
      }),
    );
    const reader = await pipeline.store.as('reader');
    const sql = `SELECT note FROM waybill.checkpoints WHERE log_id LIKE 'records/%' ORDER BY note`;
    const heads = await reader.query<{ note: string }>({ sql });
    expect(heads.length).toBeGreaterThan(1);
    const sent = (): readonly string[] =>
      hec.indexed
        .filter(({ sourcetype }) => sourcetype === 'waybill:checkpoint')
        .map(({ event }) => String(Object.entries(event).find(([key]) => key === 'note')?.[1]))
        .filter((note) => note.includes('/log/records/'))
        .toSorted();
    await expect.poll(sent, { timeout: 30_000 }).toEqual(heads.map(({ note }) => note));
    await exporter.stop();
    await hec.close();
  });

  it('that hold another history say so, and sealing goes on', async () => {
    await ledger.stop();
    const [newest = ''] = kept(at('kept')).toReversed();
    const note = readFileSync(at('kept', newest), 'utf8');
    const root = note.split('\n')[2] ?? '';
    mkdirSync(dirname(at('forked', newest)), { recursive: true });
    writeFileSync(at('forked', newest), note.replace(root, Buffer.alloc(32, 7).toString('base64')));
    ledger = await pipeline.start({
      anchors: [{ kind: 'folder', name: 'forked', everyMs: 1, folder: at('forked') }],
    });
    const trouble = async () => (await stateOf('forked'))?.trouble;
    await expect.poll(trouble, { timeout: 30_000 }).toBe('ANCHOR_CONFLICT');
    await pipeline.append(100, 3);
    await expect
      .poll(metricsText, { timeout: 30_000 })
      .toMatch(/waybill_ledger_log_leaves\{log="records\/p0\/e0"\} 300/);
    await ledger.stop();
  });
});
