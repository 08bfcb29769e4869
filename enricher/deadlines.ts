/**
 * Traces that wait for a deadline. They are due in the order of their deadlines, and of their keys where these are equal, so that it
 * makes no difference whether they were set just now or read back from state.
 */
export type Deadlines = {
  readonly byTime: Map<number, Set<string>>;
  /** Ascending. */
  readonly times: number[];
};

export function noDeadlines(): Deadlines {
  return { byTime: new Map(), times: [] };
}

export function setDeadline(deadlines: Deadlines, key: string, dueMs: number): void {
  const keys = deadlines.byTime.get(dueMs);
  if (keys) {
    keys.add(key);
    return;
  }
  deadlines.byTime.set(dueMs, new Set([key]));
  insert(deadlines.times, dueMs);
}

export function clearDeadline(deadlines: Deadlines, key: string, dueMs: number): void {
  deadlines.byTime.get(dueMs)?.delete(key);
}

/** The next deadline; undefined when nothing waits. */
export function nextDeadline(deadlines: Deadlines): number | undefined {
  for (;;) {
    const first = deadlines.times[0];
    if (first === undefined) return undefined;
    if ((deadlines.byTime.get(first)?.size ?? 0) > 0) return first;
    deadlines.times.shift();
    deadlines.byTime.delete(first);
  }
}

/** The keys of the next deadline, if that has passed. They stay until they are cleared. */
export function dueKeys(
  deadlines: Deadlines,
  nowMs: number,
): { readonly dueMs: number; readonly keys: readonly string[] } | undefined {
  const dueMs = nextDeadline(deadlines);
  if (dueMs === undefined || dueMs > nowMs) return undefined;
  return { dueMs, keys: [...(deadlines.byTime.get(dueMs) ?? [])].toSorted() };
}

// New deadlines are nearly always the latest: the search begins at the end.
function insert(times: number[], time: number): void {
  let at = times.length;
  while (at > 0 && (times[at - 1] ?? 0) > time) at -= 1;
  times.splice(at, 0, time);
}
