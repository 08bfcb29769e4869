/** A call's place in time, and what was claimed. Microseconds since the epoch. */
export type CallTime = {
  readonly timeUs: number;
  readonly durationUs: number | null;
  readonly flags: readonly string[];
};

/**
 * The end as claimed, but no earlier than 7 days before and no later than 5 minutes after the log took its first span: what a clock says
 * beyond that places a record where nobody looks for it. A negative duration is none.
 */
export function callTime(startUs: number, endUs: number, appendTimeMs: number): CallTime {
  const earliestUs = (appendTimeMs - EARLIER_MS_MAX) * 1000;
  const latestUs = (appendTimeMs + LATER_MS_MAX) * 1000;
  const timeUs = Math.min(Math.max(endUs, earliestUs), latestUs);
  const flags: string[] = [];
  if (timeUs !== endUs) flags.push('clock_clamped');
  if (endUs < startUs) flags.push('end_before_start');
  return { timeUs, durationUs: endUs < startUs ? null : endUs - startUs, flags };
}

const EARLIER_MS_MAX = 7 * 24 * 3600 * 1000;
const LATER_MS_MAX = 5 * 60 * 1000;
