import { isPrincipalId } from '../redaction/principal.ts';
import { createRedactor } from '../redaction/redactor.ts';
import type { TenantRedactor } from '../redaction/redactor.ts';
import { isClassToken } from '../redaction/search-tokens.ts';
import type { KeyRing } from '../registry/key-ring.ts';
import { newestKeyVersion, rotatedKey } from '../registry/key-ring.ts';
import { tenantKey } from '../registry/tenant-keys.ts';

/** Filter values as they may be kept: ids and tokens as they are, other texts redacted. A text that redaction fails on is dropped. */
export function redactAsked(
  keys: KeyRing,
  tenant: string,
  values: readonly string[],
): readonly string[] {
  return values.map((value) =>
    isPrincipalId(value) || isClassToken(value) ? value : redacted(keys, tenant, value),
  );
}

function redacted(keys: KeyRing, tenant: string, value: string): string {
  try {
    const redactor = redactorOf(keys, tenant);
    const done = redactor.redactValue('', Buffer.from(value));
    redactor.takePrincipals();
    return done === null ? value : Buffer.from(done.replacement).toString();
  } catch {
    return '[DROPPED:engine_failure]';
  }
}

const redactors = new WeakMap<KeyRing, Map<string, TenantRedactor>>();

// A tenant's redactor is made once: tenants are those of the keys, so there are few.
function redactorOf(keys: KeyRing, tenant: string): TenantRedactor {
  const known = redactors.get(keys) ?? new Map<string, TenantRedactor>();
  redactors.set(keys, known);
  const version = newestKeyVersion(keys, tenant);
  const made =
    known.get(tenant) ??
    createRedactor({
      tenant,
      tokenKeyVersion: version,
      keys: {
        principal: rotatedKey(keys, tenant, 'principal', version),
        session: tenantKey(keys.master, tenant, 'session'),
        token: rotatedKey(keys, tenant, 'token', version),
      },
    });
  known.set(tenant, made);
  return made;
}
