import { z } from 'zod';
import { RecordKindValues } from '../schemas/record-types.ts';
import { RegistryError } from './errors.ts';
import { readDocument } from './read-yaml.ts';
import { retentionBases } from './retention-bases.ts';
import { retentionMistakes } from './retention-mistakes.ts';
import type { Period, RetentionPolicy } from './retention-policy.ts';
import { isPeriod, retentionParts } from './retention-policy.ts';

/** A policy with what its author gives as reasons, which a check asks for and the event does not keep. */
export type RetentionDocument = Omit<RetentionPolicy, 'classes'> & {
  readonly classes: readonly (RetentionPolicy['classes'][number] & {
    readonly reason: string | null;
  })[];
};

/**
 * Reads a retention policy (YAML 1.2; an example stands in the room's README). Throws a `RegistryError` that tells every mistake at once: what is
 * not well-formed, or, with code `RETENTION_CONTRADICTS`, where the policy contradicts itself or the rule that a class is based on.
 */
export function parseRetention(yaml: string): RetentionDocument {
  const { retention } = readDocument(yaml, documentSchema);
  const mistakes = retentionMistakes(retention);
  if (mistakes.length > 0) throw new RegistryError('RETENTION_CONTRADICTS', mistakes);
  return retention;
}

/** The policy as its event holds it. */
export function policyOf({ classes, ...rest }: RetentionDocument): RetentionPolicy {
  const declared = classes.map(({ id, basis, header, payload }) => ({
    id,
    basis,
    header,
    payload,
  }));
  return { ...rest, classes: declared };
}

const CLASSES_MAX = 50;
const RULES_MAX = 100;
const WORDS_MAX = 500;

const name = z
  .string({ error: (issue) => (issue.input === undefined ? 'is missing' : 'must be text') })
  .min(1, 'is empty')
  .max(256, 'is longer than 256 characters');

const period = z.custom<Period>((value) => typeof value === 'string' && isPeriod(value), {
  error: (issue) => (issue.input === undefined ? 'is missing' : 'must be a period: 30d, 12m or 6y'),
});

const bounds = z.strictObject(
  { floor: period.default('0d'), ceiling: period.nullable() },
  { error: 'must give a ceiling (null: without end), and may give a floor' },
);

const words = z
  .array(name, { error: 'must be a list' })
  .min(1, 'is an empty list; leave it out where it says nothing')
  .max(WORDS_MAX, `has more than ${WORDS_MAX} entries`)
  .nullable()
  .default(null);

const list = <T extends z.ZodType>(item: T, most: number) =>
  z.array(item, { error: 'must be a list' }).max(most, `has more than ${most} entries`);

const basisNames = Object.keys(retentionBases);

const retentionSchema = z.strictObject({
  classes: list(
    z.strictObject({
      id: name.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be small letters, digits and -'),
      basis: z.enum(basisNames, { error: `must be one of ${basisNames.join(', ')}` }),
      header: bounds,
      payload: bounds,
      reason: name.nullable().default(null),
    }),
    CLASSES_MAX,
  ).min(1, 'is an empty list'),
  rules: list(
    z.strictObject({
      class: name,
      servers: words,
      kinds: z
        .array(z.enum(RecordKindValues, { error: `must be of ${RecordKindValues.join(', ')}` }))
        .min(1, 'is an empty list; leave it out where it says nothing')
        .nullable()
        .default(null),
      regions: words,
      dataClasses: words,
    }),
    RULES_MAX,
  ).default([]),
  default: list(name, CLASSES_MAX).min(1, 'is an empty list: what no rule names needs a class too'),
  decisions: list(
    z.strictObject({
      classes: z.tuple([name, name], { error: 'must be two classes' }),
      part: z.enum(retentionParts, { error: `must be one of ${retentionParts.join(', ')}` }),
      ceiling: period,
      reason: name,
      decidedBy: name,
    }),
    CLASSES_MAX,
  ).default([]),
});

const documentSchema = z.strictObject(
  { retention: retentionSchema },
  { error: 'must be a mapping with `retention`' },
);
