import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { requestCosignature } from '../../../anchors/witness-client.ts';
import { parseVerifierKey } from '../../../integrity/verifier-key.ts';
import { growth, headAt } from '../anchors/made-growth.ts';
import * as golden from '../integrity/golden.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-witness-command-'));
const policy = join(folder, 'policy.txt');
writeFileSync(policy, `log ${golden.LOG_VKEY}\nquorum none\n`);
afterAll(() => rmSync(folder, { recursive: true }));

describe('waybill witness', () => {
  it('cosigns, ends in order when told to, and remembers at its next start', async () => {
    const first = await start(['--name', 'w.example/1', '--policy', policy]);
    await requestCosignature(first, await asked(3, 0), AbortSignal.timeout(10_000));
    expect(await ended(first.child)).toBe(0);
    const second = await start(['--name', 'w.example/1', '--policy', policy]);
    expect(second.key).toEqual(first.key);
    const line = await requestCosignature(second, await asked(9, 0), AbortSignal.timeout(10_000));
    expect(line.name).toBe('w.example/1');
    expect(await ended(second.child)).toBe(0);
    expect(statSync(join(folder, 'state', 'witness.key')).mode & 0o777).toBe(0o600);
  });

  it.each([
    [2, ['--policy', policy]],
    [2, ['--name', 'w']],
    [2, ['--name', 'w.example/1', '--policy', policy, '--port', 'x']],
    [1, ['--name', 'w.example/1', '--policy', join(folder, 'none')]],
    [1, ['--name', 'other', '--policy', policy]],
    [1, ['--name', 'w.example/1', '--policy', join(folder, 'state', 'witness.key')]],
  ])('ends with %i and a sentence when it is given %j', async (code, args) => {
    const child = run(args);
    let said = '';
    child.stderr?.on('data', (chunk) => (said += String(chunk)));
    expect((await once(child, 'exit'))[0]).toBe(code);
    expect(said).toMatch(/^waybill/);
    expect(said).not.toContain('    at ');
  });
});

async function start(args: readonly string[]) {
  const child = run([...args, '--port', '0', '--json']);
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const [line] = (await once(lines, 'line')) as [string];
  const { url, key } = JSON.parse(line) as { url: string; key: string };
  return { child, url, key: parseVerifierKey(key) };
}

function run(args: readonly string[]): ChildProcess {
  const given = ['cli/waybill.js', 'witness', '--folder', join(folder, 'state'), ...args];
  return spawn(process.execPath, given, { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<number> {
  child.kill('SIGTERM');
  return (await once(child, 'exit'))[0] as number;
}

async function asked(size: number, oldSize: number) {
  const proveFrom = async (from: number) => growth(from, size);
  return { checkpoint: await headAt(size), oldSize, proveFrom };
}
