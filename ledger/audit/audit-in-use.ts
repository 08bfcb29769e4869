import type { AuditOptions } from './audit-store.ts';
import { auditStore } from './audit-store.ts';
import type { PlacedTable } from './audited-store.ts';
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
  const second = await auditStore({ ...options, seen });
  // With as many as that, not all are told one by one, and it is no batch on its way.
  if (first.found > FINDINGS_MAX || second.found > FINDINGS_MAX) return second;
  const before = new Set(first.findings.map(nameOf));
  const findings = second.findings.filter((finding) => before.has(nameOf(finding)));
  return { ...second, findings, found: findings.length };
}

/** What is the same finding twice; of rows without a leaf there may be more the second time. */
function nameOf({ code, logId, at, detail }: Finding): string {
  const same = code === 'ROW_UNEXPECTED' && at === null ? detail.replace(/\d+/, '') : detail;
  return [code, logId, at, same].join(' ');
}
