import { hkdfSync } from 'node:crypto';

/** What a tenant's secret is used for; each use has a key of its own. */
export type KeyUse = 'principal' | 'session' | 'directory' | 'token' | 'cursor' | 'trace';

/** The tenant's 32-byte key for one use: HKDF-SHA-256 of the deployment's master key. Source: RFC 5869. */
export function tenantKey(masterKey: Uint8Array, tenant: string, use: KeyUse): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, 'waybill/v1', `${use}\0${tenant}`, 32));
}
