/** Microseconds since the epoch of an RFC 3339 time with zone, to the microsecond; undefined when it is none. */
export function microsOfTime(text: string): number | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const ms = Date.parse(`${match[1]}${match[3]}`);
  if (!Number.isFinite(ms)) return undefined;
  const fraction = (match[2] ?? '').slice(1, 7).padEnd(6, '0');
  const us = ms * 1000 + Number(fraction);
  return us >= 0 && us <= US_MAX ? us : undefined;
}

/** RFC 3339 in UTC with six digits, so that texts of times sort as the times do. */
export function timeOfMicros(us: number): string {
  const seconds = Math.floor(us / 1_000_000);
  const fraction = String(us - seconds * 1_000_000).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

// Date and time to the second, the fraction apart (Date.parse keeps milliseconds only), and a zone that must be there.
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
/** End of the year 2261, where ClickHouse's DateTime64 ends too. */
const US_MAX = 9_214_646_400_000_000;
