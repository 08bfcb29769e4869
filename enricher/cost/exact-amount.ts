/**
 * `quantity × numerator / denominator`, rounded half to even, once: the amount of one charge in billionths of the currency's unit.
 * Null when it is beyond what a record can carry exactly (2^53 − 1, nine million of the unit): unknown rather than wrong.
 */
export function amountNanoOf(
  quantity: number,
  rate: { readonly numerator: bigint; readonly denominator: bigint },
): number | null {
  return safeNumber(divideHalfEven(BigInt(quantity) * rate.numerator, rate.denominator));
}

/**
 * A decimal text, such as an emitter's own cost (`0.0042`, `1.5e-7`), in billionths; `scale` is the power of ten by which the text's
 * unit is smaller than the currency's. Null when the text is no number, is negative or too large.
 */
export function decimalToNano(text: string, scale = 0): number | null {
  const match = /^(\d{1,20})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2}))?$/.exec(text);
  if (!match) return null;
  const [, whole = '', part = '', exponent = '0'] = match;
  const power = Number(exponent) - part.length - scale + 9;
  const digits = BigInt(whole + part);
  return safeNumber(
    power >= 0 ? digits * 10n ** BigInt(power) : divideHalfEven(digits, 10n ** BigInt(-power)),
  );
}

/** Division of non-negative whole numbers, half to even: halves do not drift upwards over many charges. */
function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const twice = (dividend % divisor) * 2n;
  const up = twice > divisor || (twice === divisor && quotient % 2n === 1n);
  return up ? quotient + 1n : quotient;
}

function safeNumber(value: bigint): number | null {
  // Avro's writer (avsc) takes no 2^53 − 1.
  return value < BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : null;
}
