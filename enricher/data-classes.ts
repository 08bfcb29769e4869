import type { Receipt } from '../schemas/record-types.ts';

/** Classes of sensitive data that redaction found in what was sent, by the beginnings of its rules' names. Sorted, each once. */
export function dataClassesOf(receipts: readonly Receipt[]): readonly string[] {
  if (receipts.length === 0) return [];
  const classes = new Set<string>();
  for (const { rule } of receipts) {
    const found = classesByRule.find(([beginning]) => rule.startsWith(beginning));
    if (found) classes.add(found[1]);
  }
  return [...classes].toSorted();
}

// Identity and session attributes are replaced on every span: they say nothing of what the call handled.
const classesByRule: readonly (readonly [string, string])[] = [
  ['card', 'payment_card'],
  ['secret', 'credential'],
  ['key:', 'credential'],
  ['authorization', 'credential'],
];
