import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TokenKey } from '../redaction/class-token.ts';
import { tokensOfValue } from '../redaction/search-tokens.ts';
import { principalId } from '../redaction/principal.ts';
import { RegistryError } from './errors.ts';
import { tenantKey } from './tenant-keys.ts';

/**
 * A deployment's secrets: the master key, from which version 1 of each tenant's keys is derived, and the tenants' own secrets of the versions
 * from 2 on. A version is never taken away while anything that it made is kept: people are looked for under all of them.
 */
export type KeyRing = {
  readonly master: Uint8Array;
  readonly rotated: ReadonlyMap<string, ReadonlyMap<number, Uint8Array>>;
};

/** The ring of a deployment in which no tenant's key was ever rotated. */
export function ringOf(master: Uint8Array): KeyRing {
  return { master, rotated: new Map() };
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
  const folder = dirname(masterKeyFile);
  const rotated = new Map<string, Map<number, Uint8Array>>();
  for (const name of await readdir(folder)) {
    const [, tenant, version] = rotatedName.exec(name) ?? [];
    if (tenant === undefined || version === undefined) continue;
    const versions = rotated.get(tenant) ?? new Map<number, Uint8Array>();
    versions.set(Number(version), await readSecret(join(folder, name)));
    rotated.set(tenant, versions);
  }
  return { master: await readSecret(masterKeyFile), rotated };
}

/**
 * Makes the next version of a tenant's key: a new file of mode 0600 beside the master key, synced. It comes into force when the registry is
 * applied next, which is recorded. Gives the version.
 */
export async function addKeyVersion(masterKeyFile: string, tenant: string): Promise<number> {
  const version = newestKeyVersion(await readKeyRing(masterKeyFile), tenant) + 1;
  const file = join(dirname(masterKeyFile), `${tenant}.v${version}.key`);
  const draft = await open(`${file}.new`, 'w', 0o600);
  try {
    await draft.writeFile(`${randomBytes(32).toString('hex')}\n`);
    await draft.sync();
  } finally {
    await draft.close();
  }
  await rename(`${file}.new`, file);
  return version;
}

const rotatedName = /^([A-Za-z0-9._-]{1,64})\.v([2-9]|[1-9]\d{1,4})\.key$/;

async function readSecret(path: string): Promise<Buffer> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) refuse(path, 'is readable by others: give it mode 0600');
  const text = (await readFile(path, 'utf8')).trim();
  if (!/^[0-9a-f]{64}$/i.test(text)) refuse(path, 'has not 64 hex digits');
  return Buffer.from(text, 'hex');
}

function refuse(path: string, message: string): never {
  throw new RegistryError('REGISTRY_KEY_INVALID', [{ path, message }]);
}
