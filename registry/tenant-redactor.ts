import { valuesAction } from '../redaction/policy/evaluate.ts';
import { compileDetector } from '../redaction/policy/own-detector.ts';
import type { RedactionPolicy } from '../redaction/policy/policy.ts';
import { withOwnDetectors } from '../redaction/policy/replace-own.ts';
import type { TenantRedactor } from '../redaction/redactor.ts';
import { createRedactor } from '../redaction/redactor.ts';
import type { KeyRing } from './key-ring.ts';
import { rotatedKey } from './key-ring.ts';
import { tenantKey } from './tenant-keys.ts';

/**
 * What the values stage does for a tenant: the engine by its policy, its own detectors, its keys of the version in force. Throws
 * `REGISTRY_KEY_MISSING`, and `PatternError` for a detector that is none.
 */
export function createTenantRedactor(
  keys: KeyRing,
  tenant: string,
  policy: RedactionPolicy,
): TenantRedactor {
  const version = policy.keyVersion;
  const token = rotatedKey(keys, tenant, 'token', version);
  const actionFor = valuesAction(policy);
  const engine = createRedactor({
    tenant,
    actionFor,
    tokenKeyVersion: version,
    keys: {
      principal: rotatedKey(keys, tenant, 'principal', version),
      session: tenantKey(keys.master, tenant, 'session'),
      token,
    },
  });
  return withOwnDetectors(engine, {
    detectors: policy.detectors.map(compileDetector),
    actionFor,
    tokenKey: { version, key: token },
  });
}
