import type { DisclosedField } from '../integrity/disclosure.ts';
import { fieldCommitment } from '../integrity/field-commitment.ts';
import type { Absent } from './erasures.ts';
import type { LeafFacts } from './read-leaf.ts';
import type { ReportDraft } from './report.ts';

/** A value that its leaf commits to and that is not laid open. */
export type AbsentField = Absent & { readonly name: string };

/**
 * Holds values against the commitments of their leaf: VALID or MISMATCH each, and what remains is given back, for something sealed may say why it is gone.
 */
export function checkFields(
  { commitments, tenant = '' }: LeafFacts,
  fields: readonly DisclosedField[],
  where: { readonly log: string; readonly index: number },
  draft: ReportDraft,
): readonly AbsentField[] {
  const open = commitments.map((one) => ({ ...one, tenant, ...where }));
  for (const { name, salt, value } of fields) {
    const commitment = fieldCommitment(salt, name, value);
    const own = open.findIndex((one) => one.name === name && one.commitment === commitment);
    draft.count(own < 0 ? 'MISMATCH' : 'VALID');
    if (own < 0) {
      draft.find({ verdict: 'MISMATCH', reason: reasonFor(name, commitments), ...where });
    }
    const at = own < 0 ? open.findIndex((one) => one.name === name) : own;
    if (at >= 0) open.splice(at, 1);
  }
  return open;
}

function reasonFor(name: string, commitments: LeafFacts['commitments']): string {
  return commitments.some((one) => one.name === name)
    ? `the value of ${name} is not the one that the leaf commits to`
    : `the leaf commits to no value ${name}`;
}
