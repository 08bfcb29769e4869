import type { SpanKind } from '../otlp/span.ts';
import { SubjectValues } from '../schemas/record-types.ts';
import type { TextSlot } from './dialects/dialect.ts';
import { textSlots } from './dialects/dialect.ts';
import type { IdentityStatement, Reading } from './reading.ts';
import type { TextTable } from './text-table.ts';
import { indexOf, optionalIndexOf, textAt } from './text-table.ts';

/** A reading in state: texts as indexes into the segment's table, names as numbers. */
export type StoredReading = readonly [
  dialect: number,
  /** 1: proves success; 2: the tool stood in the span's name only. */
  flags: number,
  kind: number,
  status: number,
  name: number,
  scope: number,
  startTimeUs: number,
  durationUs: number,
  /** Slot and text in turn. */
  slots: readonly number[],
  resource: readonly [service: number, host: number, region: number],
  /** Key, principal and subject in turn. */
  identities: readonly number[],
  rare: Rare | 0,
];

/** What few spans say. */
type Rare = Pick<Reading, 'failed' | 'exceptionType' | 'roles' | 'receipts' | 'usage'>;

export function storeReading(table: TextTable, reading: Reading): StoredReading {
  const { service, host, region } = reading;
  return [
    indexOf(table, reading.dialect),
    (reading.provesSuccess ? 1 : 0) + (reading.nameOnly ? 2 : 0),
    kinds.indexOf(reading.kind),
    statuses.indexOf(reading.status),
    indexOf(table, reading.name),
    indexOf(table, reading.scope),
    reading.startTimeUs,
    reading.endTimeUs - reading.startTimeUs,
    storeSlots(table, reading),
    [optionalIndexOf(table, service), optionalIndexOf(table, host), optionalIndexOf(table, region)],
    storeIdentities(table, reading.identities),
    rareOf(reading),
  ];
}

export function restoreReading(texts: readonly string[], stored: StoredReading): Reading {
  const [dialect, flags, kind, status, name, scope, startTimeUs, durationUs] = stored;
  const [, , , , , , , , slots, [service, host, region], identities, rare] = stored;
  return {
    dialect: textAt(texts, dialect),
    provesSuccess: (flags & 1) !== 0,
    kind: kinds[kind] ?? 'unspecified',
    name: textAt(texts, name),
    scope: textAt(texts, scope),
    startTimeUs,
    endTimeUs: startTimeUs + durationUs,
    status: statuses[status] ?? 'unset',
    ...restoreSlots(texts, slots),
    ...((flags & 2) === 0 ? {} : { nameOnly: true }),
    ...(service < 0 ? {} : { service: textAt(texts, service) }),
    ...(host < 0 ? {} : { host: textAt(texts, host) }),
    ...(region < 0 ? {} : { region: textAt(texts, region) }),
    ...(identities.length === 0 ? {} : { identities: restoreIdentities(texts, identities) }),
    ...(rare === 0 ? {} : rare),
  };
}

// The order is what state says: new values go to the end.
const kinds: readonly SpanKind[] = [
  'unspecified',
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
];
const statuses = ['unset', 'ok', 'error'] as const;

function storeSlots(table: TextTable, reading: Reading): readonly number[] {
  const slots: number[] = [];
  for (let index = 0; index < textSlots.length; index += 1) {
    const slot = textSlots[index];
    const text = slot === undefined ? undefined : reading[slot];
    if (text !== undefined) slots.push(index, indexOf(table, text));
  }
  return slots;
}

function restoreSlots(
  texts: readonly string[],
  slots: readonly number[],
): Partial<Record<TextSlot, string>> {
  const restored: Partial<Record<TextSlot, string>> = {};
  for (let at = 0; at < slots.length; at += 2) {
    const slot = textSlots[slots[at] ?? -1];
    if (slot !== undefined) restored[slot] = textAt(texts, slots[at + 1] ?? -1);
  }
  return restored;
}

function storeIdentities(table: TextTable, identities: Reading['identities']): readonly number[] {
  const stored: number[] = [];
  for (const { key, principal, subject } of identities ?? []) {
    stored.push(indexOf(table, key), indexOf(table, principal), SubjectValues.indexOf(subject));
  }
  return stored;
}

function restoreIdentities(
  texts: readonly string[],
  stored: readonly number[],
): readonly IdentityStatement[] {
  const identities: IdentityStatement[] = [];
  for (let at = 0; at < stored.length; at += 3) {
    identities.push({
      key: textAt(texts, stored[at] ?? -1),
      principal: textAt(texts, stored[at + 1] ?? -1),
      subject: SubjectValues[stored[at + 2] ?? -1] ?? 'unknown',
    });
  }
  return identities;
}

function rareOf({ failed, exceptionType, roles, receipts, usage }: Reading): Rare | 0 {
  if (!failed && !exceptionType && !roles && !receipts && !usage) return 0;
  return {
    ...(failed && { failed }),
    ...(exceptionType !== undefined && { exceptionType }),
    ...(roles && { roles }),
    ...(receipts && { receipts }),
    ...(usage && { usage }),
  };
}
