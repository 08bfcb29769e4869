import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { keyFilesOf, makeFirstKeys } from '../../../cli/first-start.ts';
import { loadCredentials } from '../../../registry/credential-file.ts';
import { authenticate } from '../../../registry/credentials.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-keys-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the first start', () => {
  it('makes keys that only their owner can read, and that sign in as what they are for', async () => {
    expect(await makeFirstKeys(folder)).toBe(true);
    const files = keyFilesOf(folder);
    expect(statSync(files.folder).mode & 0o777).toBe(0o700);
    const secrets = [files.masterKeyFile, files.producerKeyFile, files.gatewayKeyFile];
    for (const file of [...secrets, files.auditorKeyFile, files.credentialsFile]) {
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
    const credentials = await loadCredentials(files.credentialsFile);
    const signIn = (file: string) =>
      authenticate(credentials, `Bearer ${readFileSync(file, 'utf8').trim()}`, 0);
    expect(signIn(files.producerKeyFile)).toMatchObject({ use: 'producer', trust: 'application' });
    expect(signIn(files.gatewayKeyFile)).toMatchObject({ use: 'producer', trust: 'gateway' });
    expect(signIn(files.auditorKeyFile)).toMatchObject({ use: 'reader', role: 'auditor' });
    expect(readFileSync(files.masterKeyFile, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });

  it('happens once; one that broke off makes new bearer keys, and never another master key', async () => {
    await makeFirstKeys(folder);
    const files = keyFilesOf(folder);
    const read = () =>
      [files.masterKeyFile, files.auditorKeyFile].map((file) => readFileSync(file, 'utf8'));
    const before = read();
    expect(await makeFirstKeys(folder)).toBe(false);
    expect(read()).toEqual(before);
    rmSync(files.credentialsFile);
    expect(await makeFirstKeys(folder)).toBe(true);
    expect(read()[0]).toBe(before[0]);
    expect(read()[1]).not.toBe(before[1]);
  });
});
