import type { LeafRecord } from './leaf-record.ts';

/** Every principal id that a record names: in its facts, its chain and its identity candidates. */
export function principalsIn(record: LeafRecord): readonly (string | null)[] {
  return [
    record.facts.user,
    record.facts.onBehalfOf,
    ...record.chain.map(({ id }) => id),
    ...record.identities.map(({ principal }) => principal),
  ];
}
