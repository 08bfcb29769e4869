import type { Charge, Facts } from '../schemas/record-types.ts';
import { ChangeReasonValues, CostSourceValues } from '../schemas/record-types.ts';
import { emptyFacts } from '../schemas/empty-facts.ts';
import type { StateReader } from './state-reader.ts';
import { takeCount, takeList, takeNumber, takeOptionalText, takeText } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';
import { putCount, putNumber, putOptionalText, putText } from './state-writer.ts';
import type { Call } from './trace-state.ts';

// The order is what state says: new ones go to the end.
const kinds: readonly Call['kind'][] = ['call', 'inference', 'lifecycle'];

/** A call in state. */
export function putCall(to: StateWriter, call: Call): void {
  putText(to, call.callId);
  putCount(to, kinds.indexOf(call.kind));
  putCount(to, call.firstMs);
  putCount(to, call.lastMs);
  putCount(to, call.lastOffset);
  putCount(to, call.dueMs);
  putCount(to, call.dirtyMs);
  putCount(to, call.hops.length);
  for (const hop of call.hops) putCount(to, hop);
  putCount(to, call.revision + 1);
  putCount(to, ChangeReasonValues.indexOf(call.change));
  putText(to, call.shape);
  putTexts(to, call.payloadNames);
  putCount(to, call.mergedInto + 1);
  putText(to, call.splitFrom);
  putText(to, call.takenInto);
  putCount(to, call.published ? 1 : 0);
  if (!call.published) return;
  putFacts(to, call.published.facts);
  putCount(to, call.published.charges.length);
  for (const charge of call.published.charges) putCharge(to, charge);
}

export function takeCall(from: StateReader): Call {
  return {
    callId: takeText(from),
    kind: kinds[takeCount(from)] ?? 'call',
    firstMs: takeCount(from),
    lastMs: takeCount(from),
    lastOffset: takeCount(from),
    dueMs: takeCount(from),
    dirtyMs: takeCount(from),
    hops: takeList(from, takeCount),
    revision: takeCount(from) - 1,
    change: ChangeReasonValues[takeCount(from)] ?? 'unknown',
    shape: takeText(from),
    payloadNames: takeList(from, takeText),
    mergedInto: takeCount(from) - 1,
    splitFrom: takeText(from),
    takenInto: takeText(from),
    published: takeCount(from) === 0 ? null : takePublished(from),
  };
}

function takePublished(from: StateReader): NonNullable<Call['published']> {
  return { facts: takeFacts(from), charges: takeList(from, takeCharge) };
}

const factNames = Object.keys(emptyFacts).filter(isFact);

function isFact(name: string): name is keyof Facts {
  return name in emptyFacts;
}

// What a fact's value is.
const NULL = 0;
const TEXT = 1;
const NUMBER = 2;
const TEXTS = 3;
const NUMBERS = 4;

const emptyValues = Object.values(emptyFacts);

/** Only the facts that differ from {@link emptyFacts}: place plus one, kind and value of each; 0 ends them. */
function putFacts(to: StateWriter, facts: Facts): void {
  // Invariant: facts are always made of emptyFacts, so that their members have its order; reading them one by one by name is slow.
  const values = Object.values(facts);
  for (let place = 0; place < values.length; place += 1) {
    const value = values[place];
    if (value === undefined || value === emptyValues[place]) continue;
    if (typeof value === 'object' && value !== null && value.length === 0) continue;
    putCount(to, place + 1);
    putValue(to, value);
  }
  putCount(to, 0);
}

function putValue(to: StateWriter, value: Facts[keyof Facts]): void {
  if (value === null) putCount(to, NULL);
  else if (typeof value === 'string') {
    putCount(to, TEXT);
    putText(to, value);
  } else if (typeof value === 'number') {
    putCount(to, NUMBER);
    putNumber(to, value);
  } else if (isTexts(value)) {
    putCount(to, TEXTS);
    putTexts(to, value);
  } else {
    putCount(to, NUMBERS);
    putCount(to, value.length);
    for (const number of value) putNumber(to, number);
  }
}

// Empty lists are not written.
function isTexts(list: readonly string[] | readonly number[]): list is readonly string[] {
  return typeof list[0] === 'string';
}

function takeFacts(from: StateReader): Facts {
  const known: Record<string, unknown> = {};
  for (let place = takeCount(from); place > 0; place = takeCount(from)) {
    const name = factNames[place - 1];
    const value = takeValue(from);
    if (name !== undefined) known[name] = value;
  }
  return { ...emptyFacts, ...known };
}

function takeValue(from: StateReader): unknown {
  const kind = takeCount(from);
  if (kind === NULL) return null;
  if (kind === TEXT) return takeText(from);
  if (kind === NUMBER) return takeNumber(from);
  return kind === TEXTS ? takeList(from, takeText) : takeList(from, takeNumber);
}

function putTexts(to: StateWriter, texts: readonly string[]): void {
  putCount(to, texts.length);
  for (const text of texts) putText(to, text);
}

function putCharge(to: StateWriter, charge: Charge): void {
  putText(to, charge.meter);
  putNumber(to, charge.quantity);
  putText(to, charge.unit);
  putOptionalText(to, charge.sku);
  putOptionalText(to, charge.priceId);
  putOptionalText(to, charge.currency);
  putCount(to, charge.amountNano === null ? 0 : 1);
  if (charge.amountNano !== null) putNumber(to, charge.amountNano);
  putCount(to, CostSourceValues.indexOf(charge.source));
}

function takeCharge(from: StateReader): Charge {
  return {
    meter: takeText(from),
    quantity: takeNumber(from),
    unit: takeText(from),
    sku: takeOptionalText(from) ?? null,
    priceId: takeOptionalText(from) ?? null,
    currency: takeOptionalText(from) ?? null,
    amountNano: takeCount(from) === 0 ? null : takeNumber(from),
    source: CostSourceValues[takeCount(from)] ?? 'unknown',
  };
}
