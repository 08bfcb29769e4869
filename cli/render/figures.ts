/** Figures as people read them. Nothing here rounds money. */

/** `12 ms`, `3.4 s`, `2 min 5 s`; `–` when it is not known. */
export function duration(us: unknown): string {
  if (typeof us !== 'number') return UNKNOWN;
  if (us < 1000) return `${us} µs`;
  if (us < 999_500) return `${Math.round(us / 1000)} ms`;
  if (us < 59_950_000) return `${(us / 1_000_000).toFixed(1)} s`;
  const seconds = Math.round(us / 1_000_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Billionths of a currency's unit as a decimal number, at least two digits after the point, exact. */
export function money(nano: unknown, currency: string | null): string {
  if (typeof nano !== 'string' && typeof nano !== 'number') return UNKNOWN;
  const amount = BigInt(nano);
  const digits = (amount < 0n ? -amount : amount).toString().padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0{1,7}$/, '');
  const sign = amount < 0n ? '-' : '';
  return `${sign}${grouped(digits.slice(0, -9))}.${fraction}${currency ? ` ${currency}` : ''}`;
}

/** A whole number with thousands apart. */
export function whole(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string' ? grouped(`${value}`) : UNKNOWN;
}

/** RFC 3339 in UTC without what a reader skips: `2026-11-21 06:24:48.123`. */
export function when(time: string): string {
  return time.slice(0, 23).replace('T', ' ').replace('Z', '');
}

export const UNKNOWN = '–';

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}
