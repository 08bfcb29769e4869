import type { ReadLeaf } from '../../schemas/leaf-record.ts';
import type { AuditedStore, LeafRow } from './audited-store.ts';
import type { AuditDraft } from './findings.ts';

/** A head whose signature was verified. */
export type TrustedHead = { readonly size: number; readonly root: string };

/** One log under audit. */
export type LogAudit = {
  readonly store: AuditedStore;
  readonly draft: AuditDraft;
  readonly logId: string;
  /** By size. */
  readonly heads: readonly TrustedHead[];
  /** Commitments whose values were taken away, as sealed redactions say: `<tenant> <commitment>`. */
  readonly redacted: ReadonlySet<string>;
};

/** A leaf that could be read. */
export type AuditedLeaf = { readonly row: LeafRow; readonly told: ReadLeaf };

/** Leaves that are read and held in memory at once. */
export const CHUNK_LEAVES_MAX = 2_000;
