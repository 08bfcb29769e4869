export type Fraction = { readonly numerator: bigint; readonly denominator: bigint };

/** What a rate may look like: at most 12 digits before the point and 18 behind it, no sign, no exponent. */
export const decimalPattern = /^(0|[1-9]\d{0,11})(\.\d{1,18})?$/;

/** A decimal text as an exact fraction: `0.003` is 3 / 1000. The text must fit {@link decimalPattern}. */
export function decimalFraction(text: string): Fraction {
  const [whole = '', part = ''] = text.split('.');
  return { numerator: BigInt(whole + part), denominator: 10n ** BigInt(part.length) };
}
