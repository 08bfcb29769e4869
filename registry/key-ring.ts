import { randomBytes } from 'node:crypto';
import { link, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TokenKey } from '../redaction/class-token.ts';
import { tokensOfValue } from '../redaction/search-tokens.ts';
import { principalId } from '../redaction/principal.ts';
import { RegistryError } from './errors.ts';
import { readSecretKey } from './master-key.ts';
import { tenantKey } from './tenant-keys.ts';

/**
 * A deployment's secrets: the master key, from which version 1 of each tenant's keys is derived, and the tenants' own secrets of the versions
 * from 2 on. A version is never taken away while anything that it made is kept: people are looked for under all of them.
 */
export type KeyRing = {
  readonly master: Uint8Array;
  readonly rotated: ReadonlyMap<string, ReadonlyMap<number, Uint8Array>>;
  /** Looks for versions that came since. Rejects with `REGISTRY_KEY_INVALID`, and then holds what it held. */
  refresh(): Promise<void>;
};

/** The ring of a deployment in which no tenant's key was ever rotated. */
export function ringOf(master: Uint8Array): KeyRing {
  return { master, rotated: new Map(), refresh: () => Promise.resolve() };
}

/** The versions of a tenant's keys, oldest first. */
export function keyVersions({ rotated }: KeyRing, tenant: string): readonly number[] {
  return [1, ...(rotated.get(tenant)?.keys() ?? [])].toSorted((a, b) => a - b);
}

export function newestKeyVersion(ring: KeyRing, tenant: string): number {
  return keyVersions(ring, tenant).at(-1) ?? 1;
}

/** The key that makes principal ids or tokens, of one version. Throws `REGISTRY_KEY_MISSING` for a version whose file is not there. */
export function rotatedKey(
  { master, rotated }: KeyRing,
  tenant: string,
  ...[use, version]: readonly ['principal' | 'token', number]
): Buffer {
  const secret = version === 1 ? master : rotated.get(tenant)?.get(version);
  if (secret !== undefined) return tenantKey(secret, tenant, use);
  const path = `${tenant}.v${version}.key`;
  const message = 'the file of a key version that is in force is missing: restore it';
  throw new RegistryError('REGISTRY_KEY_MISSING', [{ path, message }]);
}

/** Every principal id that a name has or had: one a key version. */
export function principalIdsOf(ring: KeyRing, tenant: string, name: string): readonly string[] {
  return keyVersions(ring, tenant).map((version) =>
    principalId(rotatedKey(ring, tenant, 'principal', version), name, version),
  );
}

/** Every token that a value stands or stood as, in each class and key version. */
export function tokensOf(ring: KeyRing, tenant: string, value: string): readonly string[] {
  const keys = keyVersions(ring, tenant).map((version): TokenKey => ({
    version,
    key: rotatedKey(ring, tenant, 'token', version),
  }));
  return tokensOfValue(keys, value);
}

/**
 * Reads the master key and, beside it, `<tenant>.v<version>.key` for each rotation. Each file has 64 hex digits and is readable by its
 * owner alone. Throws `REGISTRY_KEY_INVALID`, which never shows a key.
 */
export async function readKeyRing(masterKeyFile: string): Promise<KeyRing> {
  const rotated = new Map<string, ReadonlyMap<number, Uint8Array>>();
  const refresh = async (): Promise<void> => {
    for (const [tenant, versions] of await readRotated(dirname(masterKeyFile), rotated)) {
      rotated.set(tenant, versions);
    }
  };
  const master = await readSecretKey(masterKeyFile);
  await refresh();
  return { master, rotated, refresh };
}

// A version that is known is not read again: its file never changes.
async function readRotated(folder: string, known: KeyRing['rotated']): Promise<KeyRing['rotated']> {
  const found = new Map<string, Map<number, Uint8Array>>();
  for (const name of await readdir(folder)) {
    const [, tenant, digits] = rotatedName.exec(name) ?? [];
    if (tenant === undefined) continue;
    const version = Number(digits);
    if (known.get(tenant)?.has(version)) continue;
    const versions = found.get(tenant) ?? new Map<number, Uint8Array>(known.get(tenant));
    found.set(tenant, versions.set(version, await readSecretKey(join(folder, name))));
  }
  return found;
}

/**
 * Makes the next version of a tenant's key: a new file of mode 0600 beside the master key, synced; of two at once one fails. A running
 * collector brings it into force, which is recorded. Gives the version.
 */
export async function addKeyVersion(masterKeyFile: string, tenant: string): Promise<number> {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(tenant)) throw new TypeError('That is no name of a tenant.');
  const version = newestKeyVersion(await readKeyRing(masterKeyFile), tenant) + 1;
  const file = join(dirname(masterKeyFile), `${tenant}.v${version}.key`);
  const draft = await open(`${file}.new`, 'wx', 0o600);
  try {
    await draft.writeFile(`${randomBytes(32).toString('hex')}\n`);
    await draft.sync();
    // Unlike a rename, a link never takes the place of a version that another process just made.
    await link(`${file}.new`, file);
  } finally {
    await draft.close();
    await rm(`${file}.new`, { force: true });
  }
  return version;
}

/** Whether a file of this name, beside the master key, is taken for a version of a tenant's key. */
export function isKeyVersionFile(name: string): boolean {
  return rotatedName.test(name);
}

const rotatedName = /^([A-Za-z0-9._-]{1,64})\.v([2-9]|[1-9]\d{1,4})\.key$/;
