import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatDisclosures } from '../../../integrity/disclosure.ts';
import { EVIDENCE_POLICY, LogMaker, rangeOf, recordProofOf } from '../../support/made-evidence.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-verifier-'));
const log = new LogMaker('records/p0/e0').record('acme', { result: 'é' }).record('acme').made();

beforeAll(async () => {
  cpSync('verifier', join(folder, 'verifier'), { recursive: true });
  cpSync('integrity', join(folder, 'integrity'), { recursive: true });
  writeFileSync(join(folder, 'policy.txt'), EVIDENCE_POLICY);
  writeFileSync(join(folder, 'leaf.json'), log.leaves[0] ?? '');
  writeFileSync(join(folder, 'x.tlog-proof'), await recordProofOf(log, 0));
  const opened = { fields: log.fields[0] ?? [], evidence: [] };
  writeFileSync(join(folder, 'd.json'), formatDisclosures(opened));
  mkdirSync(join(folder, 'export'));
  writeFileSync(join(folder, 'export', 'a.range'), `${(await rangeOf(log)).join('\n')}\n`);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the two folders alone, elsewhere', () => {
  const record = [
    'verify',
    '--policy',
    'policy.txt',
    '--proof',
    'x.tlog-proof',
    '--leaf',
    'leaf.json',
  ];

  it('verify a record', async () => {
    const { code, out } = await run([...record, '--disclosures', 'd.json']);
    expect(out).toContain('2/2 valid, 0/2 INVALID');
    expect(out.trimEnd().endsWith('\nVALID')).toBe(true);
    expect(code).toBe(0);
  });

  it('verify an export, and a range needs two checkpoints', async () => {
    const store = await run(['verify-store', '--policy', 'policy.txt', '--export', 'export']);
    expect(store.out).toContain('2 leaves from 0 on are under size 2');
    expect(store.code).toBe(0);
    expect((await run(['verify-range', '--policy', 'policy.txt'])).code).toBe(2);
  });

  it('say INVALID with 1 when the leaf is another', async () => {
    writeFileSync(join(folder, 'other.json'), (log.leaves[0] ?? '').replace('call', 'cull'));
    const { code, out } = await run([...record.slice(0, -1), 'other.json']);
    expect(out).toContain('First failing: MISMATCH: PROOF_WRONG');
    expect(out).toContain('INVALID: this is not what was sealed.');
    expect(code).toBe(1);
  });

  it('say INCOMPLETE with 2 when a file is missing, too large, or a folder', async () => {
    writeFileSync(join(folder, 'large.json'), 'a'.repeat(65_536));
    for (const name of ['none.json', 'large.json', 'export']) {
      const { code, out } = await run([...record.slice(0, -1), name]);
      expect(out).toMatch(/^INCOMPLETE: .*(?:cannot be read|larger than)/);
      expect(code).toBe(2);
    }
    expect((await run(['verify-store', '--policy', 'policy.txt', '--export', 'none'])).code).toBe(
      2,
    );
  });

  it('tell programs the same as people', async () => {
    const { code, out } = await run([...record, '--json']);
    const report = JSON.parse(out) as { exitCode: number; counts: { VALID: number } };
    expect(report).toMatchObject({ exitCode: 0, counts: { VALID: 1 } });
    expect(code).toBe(0);
  });

  it('explain themselves with 2 when they are not understood', async () => {
    for (const args of [
      [],
      ['what'],
      ['verify'],
      [...record, '--unknown', 'x'],
      [...record, 'x'],
    ]) {
      const { code, out } = await run(args);
      expect(out).toContain('Exit codes: 0 valid, 1 INVALID');
      expect(code).toBe(2);
    }
  });

  it('import nothing but each other and Node, and of Node only what they have to', () => {
    const imports = ['verifier', 'integrity'].flatMap((room) =>
      readdirSync(join(folder, room))
        .filter((name) => name.endsWith('.ts'))
        .flatMap((name) =>
          importsOf(readFileSync(join(folder, room, name), 'utf8')).map(
            (from) => `${name} ${from}`,
          ),
        ),
    );
    const foreign = imports.filter(
      (line) => !/ (?:node:[a-z/]+|\.\/[a-z0-9-]+\.ts|\.\.\/integrity\/[a-z0-9-]+\.ts)$/.test(line),
    );
    expect(foreign).toEqual([]);
    const node = imports
      .filter((line) => line.includes(' node:'))
      .map((line) => line.split(' ')[0] ?? '');
    expect([...new Set(node)].toSorted()).toEqual([
      'main.ts',
      'primitives.ts',
      'read-input.ts',
      'signer-key.ts',
    ]);
  });
});

function importsOf(text: string): readonly string[] {
  const values = text.replaceAll(/^import type [^;]*;/gm, '');
  return [...values.matchAll(/from '([^']+)'/g)].map((match) => match[1] ?? '');
}

async function run(args: readonly string[]): Promise<{ code: number; out: string }> {
  const options = { cwd: folder, env: {}, encoding: 'utf8' } as const;
  try {
    const done = await promisify(execFile)(
      process.execPath,
      ['verifier/main.ts', ...args],
      options,
    );
    return { code: 0, out: done.stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout + stderr };
  }
}
