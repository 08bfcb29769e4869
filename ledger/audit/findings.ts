/** What an audit can find. Each is a change of what was sealed, or of what is derived from it. */
export const findingMeanings = {
  HEAD_UNSIGNED: 'A head that no key of the policy signed.',
  HEAD_DIFFERS: 'A head whose columns say other than its note.',
  HEAD_FORKED: 'Two heads of one size with different roots.',
  HEAD_MISSING: 'A head that the meta log holds, or that was kept elsewhere, is not in the store.',
  HEAD_ROOT_DIFFERS: 'The leaves do not lead to a signed head.',
  LEAF_MISSING: 'A leaf below the signed size is not there.',
  LEAF_DOUBLED: 'A leaf index is there twice.',
  LEAF_HASH_DIFFERS: 'A leaf’s hash is not that of its bytes.',
  LEAF_UNREADABLE: 'A leaf cannot be read.',
  LEAF_COLUMN_DIFFERS: 'A column beside a leaf says other than the leaf.',
  STREAM_BROKEN: 'A leaf does not follow the one before it in its stream.',
  OFFSET_FALLS: 'A leaf’s message does not stand behind that of the leaf before.',
  NODE_DIFFERS: 'A node is not that of the leaves below it.',
  NODE_MISSING: 'A node of the tree is not there.',
  ROW_DIFFERS: 'A row says other than its leaf.',
  ROW_MISSING: 'A row that follows from a leaf is not there.',
  ROW_UNEXPECTED: 'A row that follows from no leaf.',
  PAYLOAD_DIFFERS: 'A payload’s value or salt is not the one that its leaf commits to.',
  PAYLOAD_MISSING: 'A payload that its leaf commits to is not there.',
  STORE_MUTATED: 'The store was told to change or delete rows of a table of evidence.',
  GRANT_UNEXPECTED: 'A user of the store may change what nobody should.',
} as const;
export type FindingCode = keyof typeof findingMeanings;

export type Finding = {
  readonly code: FindingCode;
  readonly logId: string;
  /** The leaf index, head size or node index that it is about; null for a whole log. */
  readonly at: number | null;
  /** Column, table or reason; never a value. */
  readonly detail: string;
};

export type AuditReport = {
  readonly findings: readonly Finding[];
  /** All, also those beyond the first `FINDINGS_MAX`. */
  readonly found: number;
  readonly leaves: number;
  readonly rows: number;
  readonly heads: number;
};

/** Findings that are told one by one. */
export const FINDINGS_MAX = 1_000;

/** Collects findings and counts. */
export class AuditDraft {
  readonly counts = { leaves: 0, rows: 0, heads: 0 };
  readonly #findings: Finding[] = [];
  #found = 0;

  add(code: FindingCode, logId: string, at: number | null, detail = ''): void {
    this.#found += 1;
    if (this.#findings.length < FINDINGS_MAX) this.#findings.push({ code, logId, at, detail });
  }

  /** Those of another draft, too. */
  take({ findings, found, leaves, rows, heads }: AuditReport): void {
    this.#found += found;
    this.#findings.push(...findings.slice(0, FINDINGS_MAX - this.#findings.length));
    this.counts.leaves += leaves;
    this.counts.rows += rows;
    this.counts.heads += heads;
  }

  report(): AuditReport {
    return { findings: this.#findings, found: this.#found, ...this.counts };
  }
}
