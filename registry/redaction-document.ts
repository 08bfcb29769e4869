import { z } from 'zod';
import { dataClassNames } from '../redaction/data-classes.ts';
import { mistakesInRules } from '../redaction/policy/check.ts';
import { compileDetector, findOwn } from '../redaction/policy/own-detector.ts';
import { PatternError } from '../redaction/policy/pattern-syntax.ts';
import type { OwnDetector, RedactionPolicy } from '../redaction/policy/policy.ts';
import { ownValidators } from '../redaction/policy/policy.ts';
import type { Mistake } from './errors.ts';
import { classActions } from './redaction-body.ts';

/** What a document declares of redaction: everything of a policy but the key version, which the key files say. */
export type RedactionDocument = Omit<RedactionPolicy, 'keyVersion' | 'detectors'> & {
  readonly detectors: readonly DeclaredDetector[];
};

/** A detector with the examples that it is tested by. They may be real values: they are neither stored nor shown. */
export type DeclaredDetector = OwnDetector & {
  readonly examples: { readonly matches: readonly string[]; readonly ignores: readonly string[] };
};

const RULES_MAX = 500;
const DETECTORS_MAX = 50;
const WORDS_MAX = 100;
const EXAMPLES_MAX = 100;
const EXAMPLE_CHARS_MAX = 10_000;

const name = z
  .string({ error: 'must be text' })
  .min(1, 'is empty')
  .max(256, 'is longer than 256 characters');

const names = (most: number) =>
  z
    .array(name, { error: 'must be a list' })
    .min(1, 'is an empty list; leave it out where it says nothing')
    .max(most, `has more than ${most} entries`)
    .nullable()
    .default(null);

const rule = z.strictObject({
  classes: z
    .array(
      z.enum([...dataClassNames, '*'], {
        error: `must be * or one of ${dataClassNames.join(', ')}`,
      }),
      {
        error: 'must be a list',
      },
    )
    .min(1, 'is an empty list'),
  action: z.enum(classActions, { error: `must be one of ${classActions.join(', ')}` }),
  fields: names(WORDS_MAX),
  classifications: names(WORDS_MAX),
  servers: names(WORDS_MAX),
});

const examples = z
  .array(z.string({ error: 'must be text' }).max(EXAMPLE_CHARS_MAX, 'is too long'), {
    error: 'must be a list',
  })
  .max(EXAMPLES_MAX, `has more than ${EXAMPLES_MAX} entries`);

const detector = z.strictObject({
  id: z
    .string({ error: 'is missing' })
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be small letters, digits and -, at most 64'),
  class: z.enum(dataClassNames, { error: `must be one of ${dataClassNames.join(', ')}` }),
  pattern: name.max(512, 'is longer than 512 characters'),
  ignoreCase: z.boolean({ error: 'must be true or false' }).default(false),
  context: names(WORDS_MAX),
  validator: z
    .enum(ownValidators, { error: `must be one of ${ownValidators.join(', ')}` })
    .default('none'),
  examples: z.strictObject(
    { matches: examples.min(1, 'needs at least one'), ignores: examples.default([]) },
    { error: 'must give matches, and may give ignores' },
  ),
});

/** The `redaction` of a registry document. */
export const redactionSchema = z.strictObject({
  rules: z
    .array(rule, { error: 'must be a list' })
    .max(RULES_MAX, `has more than ${RULES_MAX} entries`)
    .default([]),
  detectors: z
    .array(detector, { error: 'must be a list' })
    .max(DETECTORS_MAX, `has more than ${DETECTORS_MAX} entries`)
    .default([]),
});

/** Mistakes that no single entry shows; each detector is run on its examples. No message repeats one. */
export function redactionMistakes({ rules, detectors }: RedactionDocument): readonly Mistake[] {
  const inRules = mistakesInRules(rules).map(({ rule: at, member, message }) => {
    return { path: `redaction.rules[${at}].${member}`, message };
  });
  const ids = new Map<string, number>();
  const inDetectors = detectors.flatMap((declared, at) => {
    const path = `redaction.detectors[${at}]`;
    const first = ids.get(declared.id);
    if (first === undefined) ids.set(declared.id, at);
    const twice =
      first === undefined
        ? []
        : [{ path: `${path}.id`, message: `is the same as that of redaction.detectors[${first}]` }];
    return [...twice, ...detectorMistakes(declared, path)];
  });
  return [...inRules, ...inDetectors];
}

function detectorMistakes(declared: DeclaredDetector, path: string): readonly Mistake[] {
  try {
    const compiled = compileDetector(declared);
    const { matches, ignores } = declared.examples;
    const isFound = (text: string): boolean => findOwn(compiled, text, '').length > 0;
    return [
      ...matches.flatMap((text, at) =>
        isFound(text)
          ? []
          : [{ path: `${path}.examples.matches[${at}]`, message: 'is not found by the detector' }],
      ),
      ...ignores.flatMap((text, at) =>
        isFound(text)
          ? [{ path: `${path}.examples.ignores[${at}]`, message: 'is found by the detector' }]
          : [],
      ),
    ];
  } catch (error) {
    // Whatever else is thrown speaks of the examples' text, which is not to be shown.
    const message = error instanceof PatternError ? error.message : 'takes too long on an example';
    return [{ path: `${path}.pattern`, message }];
  }
}
