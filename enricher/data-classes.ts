import type { Receipt } from '../schemas/record-types.ts';

/** Classes of sensitive data that redaction found in what was sent. Sorted, each once. */
export function dataClassesOf(receipts: readonly Receipt[]): readonly string[] {
  const classes = new Set<string>();
  // Identity and session attributes have no class: they are replaced on every span, and say nothing of what the call handled.
  for (const { dataClass } of receipts) if (dataClass !== null) classes.add(dataClass);
  return [...classes].toSorted();
}
