import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writePolicy } from '../../../cli/write-policy.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-policy-'));
afterAll(() => rmSync(folder, { recursive: true }));
const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');

it('leaves a policy that is there already, and puts another one beside it', async () => {
  expect(await writePolicy(folder, 'the first')).toBe(join(folder, 'policy.txt'));
  expect(await writePolicy(folder, 'the first')).toBe(join(folder, 'policy.txt'));
  expect(await writePolicy(folder, 'a forged one')).toBe(join(folder, 'policy.server.txt'));
  expect(textOf('policy.txt')).toBe('the first');
  expect(textOf('policy.server.txt')).toBe('a forged one');
});
