import type { AuditOptions } from './audit-store.ts';
import { auditStore } from './audit-store.ts';
import { registryLogId } from '../read-control.ts';
import type { AuditedStore, PlacedTable } from './audited-store.ts';
import { placedTables } from './audited-store.ts';
import type { AuditReport, Finding } from './findings.ts';
import { FINDINGS_MAX } from './findings.ts';

/**
 * Audits a store that may be in use. What is under way looks like a change: rows whose leaves are to follow, a head that the meta log has a moment before the store. So what is found is looked
 * for again once that has settled, and told if it is still there. `settle` resolves when what was being written has been.
 */
export async function auditInUse(
  options: AuditOptions,
  settle: () => Promise<void>,
): Promise<AuditReport> {
  const first = await auditStore(options);
  if (first.found === 0) return first;
  const seen = new Map<PlacedTable, ReadonlyMap<string, number>>();
  for (const table of placedTables) seen.set(table, await options.store.tops(table));
  await settle();
  await untilControlSigned(options.store, first, settle);
  const second = await auditStore({ ...options, seen });
  // With as many as that, not all are told one by one, and it is no batch on its way.
  if (first.found > FINDINGS_MAX || second.found > FINDINGS_MAX) return second;
  const before = new Set(first.findings.map(nameOf));
  const findings = second.findings.filter((finding) => before.has(nameOf(finding)));
  return { ...second, findings, found: findings.length };
}

/** A value that was taken away with a word is missing until the word is under a signed head; where nobody signs, it is told as missing in the end. */
async function untilControlSigned(
  store: AuditedStore,
  { findings }: AuditReport,
  settle: () => Promise<void>,
): Promise<void> {
  if (findings.every(({ code }) => code !== 'PAYLOAD_MISSING')) return;
  const end = await store.leafEnd(registryLogId);
  for (let at = 0; at < SETTLES_MAX; at += 1) {
    const heads = await store.heads(registryLogId);
    if (heads.some(({ size }) => size >= end)) return;
    await settle();
  }
}

const SETTLES_MAX = 3;

/** What is the same finding twice; of rows without a leaf there may be more the second time. */
function nameOf({ code, logId, at, detail }: Finding): string {
  const same = code === 'ROW_UNEXPECTED' && at === null ? detail.replace(/\d+/, '') : detail;
  return [code, logId, at, same].join(' ');
}
