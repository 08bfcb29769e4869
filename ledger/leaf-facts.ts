import { emptyFacts, factNames } from '../schemas/empty-facts.ts';
import type { Facts } from '../schemas/record-types.ts';
import type { JsonWriter } from './json-writer.ts';
import { memberName } from './json-writer.ts';

type Value = Facts[keyof Facts];

const sortedNames = factNames.toSorted();
const writtenNames = sortedNames.map(memberName);
const emptyValues: readonly Value[] = sortedNames.map((name) => emptyFacts[name]);

/** Writes the facts that are other than those of `base`, in canonical order. Part of version 2 of the leaf: see `record-leaf.ts`. */
export function writeFactsBeside(to: JsonWriter, facts: Facts, base: Facts): void {
  to.openObject();
  for (let at = 0; at < sortedNames.length; at += 1) {
    const name = sortedNames[at];
    const written = writtenNames[at];
    if (name === undefined || written === undefined) continue;
    const value = facts[name];
    const other = base === emptyFacts ? (emptyValues[at] ?? null) : base[name];
    if (isSame(value, other)) continue;
    to.name(written);
    writeValue(to, value);
  }
  to.closeObject();
}

function isSame(value: Value, other: Value): boolean {
  if (value === other) return true;
  if (typeof value !== 'object' || value === null) return false;
  if (typeof other !== 'object' || other === null || value.length !== other.length) return false;
  for (let at = 0; at < value.length; at += 1) if (value[at] !== other[at]) return false;
  return true;
}

function writeValue(to: JsonWriter, value: Value): void {
  if (typeof value === 'string') to.text(value);
  else if (typeof value === 'number') to.number(value);
  else if (value === null) to.nullable(null);
  else {
    to.openList();
    for (const item of value) {
      if (typeof item === 'string') to.text(item);
      else to.number(item);
    }
    to.closeList();
  }
}
