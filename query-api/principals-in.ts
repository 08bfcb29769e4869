import type { FactRecord } from '../schemas/leaf-record.ts';

/** Every principal id that a record names: in its facts, its chain, its identity candidates and among who decided. */
export function principalsIn(record: FactRecord): readonly (string | null)[] {
  return [
    record.facts.user,
    record.facts.onBehalfOf,
    ...record.chain.map(({ id }) => id),
    ...record.identities.map(({ principal }) => principal),
    ...record.decisions.map(({ by }) => by),
  ];
}
