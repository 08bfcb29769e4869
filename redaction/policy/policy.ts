import type { ClassAction, DataClass } from '../data-classes.ts';

/** One line of a policy. A member that is null says nothing: the rule is for every field, server or classification. */
export type PolicyRule = {
  /** `*` is every class but cards and those that are always dropped. */
  readonly classes: readonly (DataClass | '*')[];
  readonly action: ClassAction;
  /** Paths of fields, `*` for any run of characters. */
  readonly fields: readonly string[] | null;
  /** Classifications of servers, as the registry has them; compared without regard to case. */
  readonly classifications: readonly string[] | null;
  /** Names of servers, `*` likewise. */
  readonly servers: readonly string[] | null;
};

/** A detector that a tenant added. Its examples are tested when it is applied, and never stored. */
export type OwnDetector = {
  readonly id: string;
  readonly class: DataClass;
  /** See `linear-pattern.ts` for what may stand in it. */
  readonly pattern: string;
  readonly ignoreCase: boolean;
  /** One of these words must stand near a match or in its key; null when none need to. */
  readonly context: readonly string[] | null;
  readonly validator: OwnValidator;
};

export const ownValidators = ['none', 'luhn', 'mod97', 'mod11'] as const;
export type OwnValidator = (typeof ownValidators)[number];

/** What a tenant decided about its sensitive data. */
export type RedactionPolicy = {
  readonly rules: readonly PolicyRule[];
  readonly detectors: readonly OwnDetector[];
  /** The version of the tenant's keys by which principal ids and tokens are made. */
  readonly keyVersion: number;
};

/** What is in force where nobody decided anything. */
export const builtInPolicy: RedactionPolicy = { rules: [], detectors: [], keyVersion: 1 };

/** Whether a rule says something of the server, so that only the stage that knows the server can carry it out. */
export function isServerRule({ classifications, servers }: PolicyRule): boolean {
  return classifications !== null || servers !== null;
}
