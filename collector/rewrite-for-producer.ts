import { randomBytes } from 'node:crypto';
import { rewriteLogs } from '../otlp/rewrite-logs.ts';
import type { RewriteResult } from '../otlp/rewrite-request.ts';
import { rewriteTraces } from '../otlp/rewrite-traces.ts';
import { sealDirectoryEntry } from '../redaction/principal.ts';
import { tenantKey } from '../registry/tenant-keys.ts';
import { limits } from '../schemas/limits.ts';
import type { Signal } from '../schemas/topics.ts';
import type { ExportRewriter } from './accept-export.ts';
import type { ComposerOptions } from './compose-group.ts';
import type { CollectorMetrics } from './metrics.ts';
import type { TenantPolicies } from '../registry/tenant-policies.ts';

/** Split by partition and redact, each signal, by the policy and under the keys of the producer's tenant. */
export function createRewriters(
  policies: Pick<TenantPolicies, 'inForce'>,
  partitions: number,
  metrics: CollectorMetrics,
): Readonly<Record<Signal, ExportRewriter>> {
  const rewriter =
    (rewrite: typeof rewriteTraces): ExportRewriter =>
    ({ tenant }, request) => {
      const { redactor, version } = policies.inForce(tenant);
      try {
        const { parts, accepted, rejected, redactions } = rewrite(request, {
          partitions,
          redactor,
          limits,
        });
        countRedactions(metrics, redactions);
        for (const limit of redactor.takeLimits()) {
          metrics.add('waybill_collector_limit_hits_total', 1, `limit="redaction.${limit}"`);
        }
        return {
          parts:
            version === undefined ? parts : parts.map((part) => ({ ...part, policy: version })),
          accepted,
          rejected,
          principals: redactor.takePrincipals(),
        };
      } catch (error) {
        // Who was named in a request that is refused is not to be remembered with the next one.
        redactor.takePrincipals();
        throw error;
      }
    };
  return { traces: rewriter(rewriteTraces), logs: rewriter(rewriteLogs) };
}

function countRedactions(metrics: CollectorMetrics, redactions: RewriteResult['redactions']): void {
  for (const [{ dataClass, action }, count] of redactions) {
    const labels = `class="${dataClass === '' ? 'none' : dataClass}",action="${action}"`;
    metrics.add('waybill_collector_redactions_total', count, labels);
  }
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
