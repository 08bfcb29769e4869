import type { SpanKind } from '../otlp/span.ts';
import { SubjectValues } from '../schemas/record-types.ts';
import type { TextSlot } from './dialects/dialect.ts';
import { textSlots } from './dialects/dialect.ts';
import type { IdentityStatement, Reading } from './reading.ts';
import type { StateReader } from './state-reader.ts';
import { takeCount, takeList, takeNumber, takeText, takeOptionalText } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';
import { putCount, putNumber, putOptionalText, putText } from './state-writer.ts';

/** A reading in state; what it says in the same words as the one before is not said again: the hops of a call say nearly all the same. */
export function putReading(to: StateWriter, reading: Reading, before: Reading | null): void {
  putText(to, reading.dialect);
  putCount(to, flagsOf(reading));
  putCount(to, kinds.indexOf(reading.kind));
  putCount(to, statuses.indexOf(reading.status));
  putText(to, reading.name);
  putText(to, reading.scope);
  putNumber(to, reading.startTimeUs);
  putNumber(to, reading.endTimeUs);
  putSlots(to, reading, before);
  putOptionalText(to, reading.service);
  putOptionalText(to, reading.host);
  putOptionalText(to, reading.region);
  putIdentities(to, reading.identities);
  putReceipts(to, reading.receipts, before?.receipts);
  putRare(to, reading);
}

export function takeReading(from: StateReader, before: Reading | null): Reading {
  const dialect = takeText(from);
  const flags = takeCount(from);
  const reading: { -readonly [member in keyof Reading]: Reading[member] } = {
    dialect,
    provesSuccess: (flags & 1) !== 0,
    kind: kinds[takeCount(from)] ?? 'unspecified',
    status: statuses[takeCount(from)] ?? 'unset',
    name: takeText(from),
    scope: takeText(from),
    startTimeUs: takeNumber(from),
    endTimeUs: takeNumber(from),
    ...takeSlots(from, before),
  };
  if ((flags & 2) !== 0) reading.nameOnly = true;
  if ((flags & 4) !== 0) reading.endsOnly = true;
  if ((flags & 8) !== 0) reading.isLog = true;
  if ((flags & 16) !== 0) reading.decidesOnly = true;
  if ((flags & 32) !== 0) reading.timedOut = true;
  const service = takeOptionalText(from);
  const host = takeOptionalText(from);
  const region = takeOptionalText(from);
  if (service !== undefined) reading.service = service;
  if (host !== undefined) reading.host = host;
  if (region !== undefined) reading.region = region;
  const identities = takeList(from, takeIdentity);
  if (identities.length > 0) reading.identities = identities;
  const receipts = takeReceipts(from, before?.receipts);
  if (receipts !== undefined) reading.receipts = receipts;
  if (takeCount(from) === 0) return reading;
  const rare: Rare = JSON.parse(takeText(from));
  return { ...reading, ...rare };
}

function flagsOf(reading: Reading): number {
  return (
    (reading.provesSuccess ? 1 : 0) +
    (reading.nameOnly ? 2 : 0) +
    (reading.endsOnly ? 4 : 0) +
    (reading.isLog ? 8 : 0) +
    (reading.decidesOnly ? 16 : 0) +
    (reading.timedOut ? 32 : 0)
  );
}

/** What few spans say. */
type Rare = Pick<
  Reading,
  'failed' | 'exceptionType' | 'roles' | 'usage' | 'backend' | 'lineage' | 'definitions'
>;

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

/** Place of the slot plus one and its text; the place alone, beyond all others, for the text of the reading before; 0 ends them. */
function putSlots(to: StateWriter, reading: Reading, before: Reading | null): void {
  for (let place = 0; place < textSlots.length; place += 1) {
    const slot = textSlots[place];
    const text = slot === undefined ? undefined : reading[slot];
    if (text === undefined || slot === undefined) continue;
    if (before !== null && before[slot] === text) putCount(to, place + 1 + SAME);
    else {
      putCount(to, place + 1);
      putText(to, text);
    }
  }
  putCount(to, 0);
}

const SAME = 64;

function takeSlots(from: StateReader, before: Reading | null): Partial<Record<TextSlot, string>> {
  const slots: Partial<Record<TextSlot, string>> = {};
  for (let place = takeCount(from); place > 0; place = takeCount(from)) {
    const same = place > SAME;
    const slot = textSlots[same ? place - SAME - 1 : place - 1];
    const text = same ? slot && before?.[slot] : takeText(from);
    if (slot !== undefined && text !== undefined) slots[slot] = text;
  }
  return slots;
}

function putIdentities(to: StateWriter, identities: Reading['identities']): void {
  putCount(to, identities?.length ?? 0);
  for (const { key, principal, subject } of identities ?? []) {
    putText(to, key);
    putText(to, principal);
    putCount(to, SubjectValues.indexOf(subject));
  }
}

function takeIdentity(from: StateReader): IdentityStatement {
  return {
    key: takeText(from),
    principal: takeText(from),
    subject: SubjectValues[takeCount(from)] ?? 'unknown',
  };
}

/** 0 for none, 1 for those of the reading before, 2 and their text. */
function putReceipts(to: StateWriter, receipts: string | undefined, before: string | undefined) {
  if (receipts === undefined) putCount(to, 0);
  else if (receipts === before) putCount(to, 1);
  else {
    putCount(to, 2);
    putText(to, receipts);
  }
}

function takeReceipts(from: StateReader, before: string | undefined): string | undefined {
  const how = takeCount(from);
  return how === 2 ? takeText(from) : how === 1 ? before : undefined;
}

function putRare(to: StateWriter, reading: Reading): void {
  const { failed, exceptionType, roles, usage, backend, lineage, definitions } = reading;
  const rare = { failed, exceptionType, roles, usage, backend, lineage, definitions };
  const isRare = Object.values(rare).some((said) => said !== undefined);
  putCount(to, isRare ? 1 : 0);
  if (isRare) putText(to, JSON.stringify(rare));
}
