import type { ReaderRole } from '../registry/credentials.ts';

/** What an answer may hold. Routes ask for one; names and payloads are added to an answer where the role has them. */
export type Permission =
  | 'records'
  | 'payloads'
  | 'names'
  | 'counts'
  | 'charges'
  | 'reconciliation'
  | 'metrics'
  | 'proofs'
  | 'reads'
  /** What became of erasures. */
  | 'erasures'
  /** Asking for erasures and holds. */
  | 'controls';

/**
 * Need to know, by role: an auditor sees all; FinOps sees what costs are made of, but nobody's name and no content; an operator sees
 * that the pipeline works, and how much, but no single call.
 */
const permissions: Readonly<Record<ReaderRole, ReadonlySet<Permission>>> = {
  auditor: new Set([
    'records',
    'payloads',
    'names',
    'counts',
    'charges',
    'reconciliation',
    'metrics',
    'proofs',
    'reads',
    'erasures',
  ]),
  finops: new Set(['records', 'counts', 'charges', 'proofs']),
  operator: new Set(['counts', 'reconciliation', 'metrics', 'proofs']),
  privacy: new Set(['erasures', 'controls']),
};

export function may(role: ReaderRole, permission: Permission): boolean {
  return permissions[role].has(permission);
}
