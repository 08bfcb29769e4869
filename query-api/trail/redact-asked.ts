import type { RedactionPolicy } from '../../redaction/policy/policy.ts';
import { isPrincipalId } from '../../redaction/principal.ts';
import type { TenantRedactor } from '../../redaction/redactor.ts';
import { isClassToken } from '../../redaction/search-tokens.ts';
import type { KeyRing } from '../../registry/key-ring.ts';
import type { TenantPolicies } from '../../registry/tenant-policies.ts';
import { createTenantRedactor } from '../../registry/tenant-redactor.ts';

/**
 * What somebody asked as the trail may keep it: ids and tokens as they are, every other text redacted by the tenant's policy in force,
 * for what was typed may itself be sensitive. A text that redaction fails on is dropped.
 */
export function redactAsked(
  policies: Pick<TenantPolicies, 'inForce'>,
  tenant: string,
  asked: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const kept = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(kept);
    return typeof value === 'string' ? keptText(policies, tenant, value) : value;
  };
  return Object.fromEntries(Object.entries(asked).map(([name, value]) => [name, kept(value)]));
}

/** The redactor of what is typed: a value stands by itself there, so that no detector of the tenant waits for a word beside it. */
export function askedRedactor(
  keys: KeyRing,
  tenant: string,
  policy: RedactionPolicy,
): TenantRedactor {
  const detectors = policy.detectors.map((detector) => ({ ...detector, context: null }));
  return createTenantRedactor(keys, tenant, { ...policy, detectors });
}

// Of calls and traces; nothing that a person would type.
const callOrTraceId = /^[0-9a-f]{32}$/;

function keptText(
  policies: Pick<TenantPolicies, 'inForce'>,
  tenant: string,
  value: string,
): string {
  if (callOrTraceId.test(value) || isPrincipalId(value) || isClassToken(value)) return value;
  try {
    const { redactor } = policies.inForce(tenant);
    const done = redactor.redactValue('', Buffer.from(value));
    redactor.takePrincipals();
    return done === null ? value : Buffer.from(done.replacement).toString();
  } catch {
    return '[DROPPED:engine_failure]';
  }
}
