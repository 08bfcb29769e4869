import type { Digits } from './check-digits.ts';

/** A national, social security or tax id of digits alone. */
export type DigitScheme = {
  /** ISO 3166 country and the id's name: part of the rule in a receipt. */
  readonly name: string;
  readonly length: number;
  readonly isValid: (digits: Digits) => boolean;
  /**
   * How it is written: lengths of the groups, with what parts them. A number so written needs no word beside it; without, none does
   * unless `isStrong`.
   */
  readonly formats?: readonly string[];
  /** One random number in a thousand, or fewer, passes: no word is needed beside it. */
  readonly isStrong?: true;
  /** Folded terms that mean this id alone. */
  readonly terms?: string;
};
