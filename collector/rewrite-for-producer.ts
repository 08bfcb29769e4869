import { randomBytes } from 'node:crypto';
import { rewriteLogs } from '../otlp/rewrite-logs.ts';
import { rewriteTraces } from '../otlp/rewrite-traces.ts';
import { sealDirectoryEntry } from '../redaction/principal.ts';
import { createRedactor } from '../redaction/redactor.ts';
import type { TenantRedactor } from '../redaction/redactor.ts';
import { tenantKey } from '../registry/tenant-keys.ts';
import { limits } from '../schemas/limits.ts';
import type { Signal } from '../schemas/topics.ts';
import type { ExportRewriter } from './accept-export.ts';
import type { ComposerOptions } from './compose-group.ts';

/** Split by partition and redact, each signal, under the keys of the producer's tenant. A tenant's redactor is made once. */
export function createRewriters(
  masterKey: Uint8Array,
  partitions: number,
): Readonly<Record<Signal, ExportRewriter>> {
  const redactors = new Map<string, TenantRedactor>();
  const rewriter =
    (rewrite: typeof rewriteTraces): ExportRewriter =>
    ({ tenant }, request) => {
      const redactor = redactors.get(tenant) ?? redactorOf(masterKey, tenant);
      redactors.set(tenant, redactor);
      try {
        const { parts, accepted, rejected } = rewrite(request, {
          partitions,
          redactor,
          limits,
        });
        return { parts, accepted, rejected, principals: redactor.takePrincipals() };
      } catch (error) {
        // Who was named in a request that is refused is not to be remembered with the next one.
        redactor.takePrincipals();
        throw error;
      }
    };
  return { traces: rewriter(rewriteTraces), logs: rewriter(rewriteLogs) };
}

/** Encrypts a name for the directory, under the tenant's key and with a nonce of its own. */
export function createNameSealer(masterKey: Uint8Array): ComposerOptions['sealName'] {
  const keys = new Map<string, Buffer>();
  return (tenant, { principalId, name, key }) => {
    const directoryKey = keys.get(tenant) ?? tenantKey(masterKey, tenant, 'directory');
    keys.set(tenant, directoryKey);
    return sealDirectoryEntry(
      directoryKey,
      { tenant, principalId },
      { name, key },
      randomBytes(12),
    );
  };
}

function redactorOf(masterKey: Uint8Array, tenant: string): TenantRedactor {
  const keys = {
    principal: tenantKey(masterKey, tenant, 'principal'),
    session: tenantKey(masterKey, tenant, 'session'),
    token: tenantKey(masterKey, tenant, 'token'),
  };
  return createRedactor({ tenant, keys });
}
