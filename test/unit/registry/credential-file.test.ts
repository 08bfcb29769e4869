import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  loadCredentials,
  saveCredentials,
  watchCredentials,
} from '../../../registry/credential-file.ts';
import type { Credential } from '../../../registry/credentials.ts';

const app: Credential = {
  keyId: 'app',
  use: 'producer',
  sha256: 'a'.repeat(64),
  tenant: 'acme',
  producer: 'app',
  trust: 'application',
};
const auditor: Credential = {
  keyId: 'auditor',
  use: 'reader',
  sha256: 'b'.repeat(64),
  tenant: 'acme',
  role: 'auditor',
};

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-credentials-'));
  path = join(folder, 'credentials.json');
});
afterEach(() => rm(folder, { recursive: true }));

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 300 && !condition(); attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(condition()).toBe(true);
}

describe('the credentials file', () => {
  it('gives back what was saved, readable by its owner only', async () => {
    await saveCredentials(path, [app, auditor]);
    expect(await loadCredentials(path)).toEqual([app, auditor]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['{', /JSON/],
    ['{"credentials":[{"use":"producer"}]}', /credentials\.0\.keyId.*credentials\.0\.tenant/],
    [
      JSON.stringify({ credentials: [{ ...app, sha256: undefined }] }),
      /one of sha256, certificate and client/,
    ],
    [
      JSON.stringify({ credentials: [{ ...app, certificate: 'DNS:a.example' }] }),
      /one of sha256, certificate and client/,
    ],
    ['{"credentials":[],"keys":[]}', /keys/],
    [JSON.stringify({ credentials: [{ ...app, tenant: 'a/b' }] }), /credentials\.0\.tenant/],
    [JSON.stringify({ credentials: [{ ...app, key: 'wb_secret' }] }), /key/],
  ])('refuses %s and tells what is wrong with it', async (text, expected) => {
    await writeFile(path, text);
    await expect(loadCredentials(path)).rejects.toThrow(expected);
  });

  it('is missing: nobody is let in by mistake', async () => {
    await expect(
      watchCredentials(path, { pollMs: 10, onProblem: () => undefined }),
    ).rejects.toThrow('ENOENT');
  });

  it('comes into force when it changes, and stays in force while the new one is damaged', async () => {
    await saveCredentials(path, [app, auditor]);
    const problems: unknown[] = [];
    const watch = await watchCredentials(path, {
      pollMs: 10,
      onProblem: (problem) => problems.push(problem),
    });
    const atFirst = watch.current();
    await saveCredentials(path, [auditor]);
    await until(() => watch.current() !== atFirst);
    expect(watch.current()).toEqual([auditor]);
    await writeFile(path, '{');
    await until(() => problems.length > 0);
    expect(watch.current()).toEqual([auditor]);
    await saveCredentials(path, [app]);
    await until(() => watch.current()[0]?.keyId === 'app');
    watch.stop();
    watch.stop();
  });
});
