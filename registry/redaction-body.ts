import { z } from 'zod';
import { dataClassNames } from '../redaction/data-classes.ts';
import type { RedactionPolicy } from '../redaction/policy/policy.ts';
import { ownValidators } from '../redaction/policy/policy.ts';

/** A policy and the offset of the event that declared it; null for the built-in one, which nobody declared. */
export type PolicyVersion = { readonly policy: RedactionPolicy; readonly version: number | null };

/** The body of a `redaction_applied` event. Throws when it is none: such an event was not written by this project. */
export function parseRedactionBody(body: string): RedactionPolicy {
  return redactionBody.parse(JSON.parse(body));
}

export const classActions = ['keep', 'mask', 'token', 'truncate', 'drop'] as const;

const texts = z.array(z.string()).nullable();

// Unknown keys are dropped, not refused: an event of a later version may say more.
const redactionBody = z.object({
  rules: z.array(
    z.object({
      classes: z.array(z.enum([...dataClassNames, '*'])),
      action: z.enum(classActions),
      fields: texts,
      classifications: texts,
      servers: texts,
    }),
  ),
  detectors: z.array(
    z.object({
      id: z.string(),
      class: z.enum(dataClassNames),
      pattern: z.string(),
      ignoreCase: z.boolean(),
      context: texts,
      validator: z.enum(ownValidators),
    }),
  ),
  keyVersion: z.number().int().min(1),
});
