/** How many traces wait at once, and how many bytes each was asked with: 120 MiB together. */
export const tracesMax = 10_000;
const ARGUMENT_BYTES = 12 * 1024;

/** What the enricher is told to keep in memory. */
export const bounds = { cachedSpansMax: 1_000, dueRecordsMax: 250 };
export const OPEN_MS = 600_000;

/** As spans written by hand name it. */
export function traceName(trace: number): string {
  return `t${trace}`;
}

/** What the call of a trace was asked with: no two the same. */
export function argumentsOf(trace: number): string {
  const mark = `asked-${trace}-`;
  return JSON.stringify({ note: mark.repeat(Math.ceil(ARGUMENT_BYTES / mark.length)) });
}
