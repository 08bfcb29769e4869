import type { Facts } from '../schemas/record-types.ts';
import type { TextTable } from './text-table.ts';
import { indexOf, textAt } from './text-table.ts';

/** Facts of which nothing is known. The order of the names is part of what state means. */
export const emptyFacts: Facts = {
  timeUs: 0,
  startTimeUs: 0,
  endTimeUs: 0,
  appendTimeUs: 0,
  durationUs: null,
  method: null,
  operation: 'unknown',
  user: null,
  userGrade: 'unknown',
  userKey: null,
  authMethod: null,
  onBehalfOf: null,
  roles: [],
  team: null,
  agent: null,
  agentId: null,
  agentVersion: null,
  agentGrade: 'unknown',
  parentAgent: null,
  agentDepth: 0,
  client: null,
  clientVersion: null,
  gateway: null,
  server: null,
  serverVersion: null,
  serverGrade: 'unknown',
  tool: null,
  toolDefinitionHash: null,
  prompt: null,
  resource: null,
  target: null,
  outcome: 'unknown',
  deniedBy: null,
  errorType: null,
  statusCode: null,
  retryCount: null,
  policyDecision: null,
  policyRule: null,
  approval: null,
  origin: 'unknown',
  grade: 'unknown',
  missing: [],
  traceId: '',
  spanId: '',
  parentSpanId: null,
  jsonrpcId: null,
  conversation: null,
  session: null,
  modelProvider: null,
  model: null,
  host: null,
  region: null,
  source: null,
  destination: null,
  transport: null,
  bytesIn: null,
  bytesOut: null,
  inputTokens: null,
  outputTokens: null,
  costNano: null,
  currency: null,
  costSource: 'unknown',
  dataClasses: [],
  purpose: null,
  breakGlass: null,
  captureMethod: 'auto',
  retentionClass: null,
  dataRegion: null,
  configVersion: -1,
  hops: 0,
  dialects: [],
  producers: [],
  flags: [],
};

/**
 * Facts in state: only what differs from {@link emptyFacts}, as the fact's place in the order and its value in turn. A text is its index
 * in the segment's table, a number stands in brackets, a list of texts is an object.
 */
export type StoredFacts = readonly (number | readonly number[] | StoredList | null)[];
type StoredList = { readonly l: readonly number[] };

export function storeFacts(table: TextTable, facts: Facts): StoredFacts {
  const stored: (number | readonly number[] | StoredList | null)[] = [];
  for (let place = 0; place < names.length; place += 1) {
    const name = names[place];
    if (name === undefined) continue;
    const value = facts[name];
    if (value === emptyFacts[name]) continue;
    if (typeof value === 'string') stored.push(place, indexOf(table, value));
    else if (typeof value === 'number') stored.push(place, [value]);
    else if (value === null) stored.push(place, null);
    else if (value.length > 0) stored.push(place, { l: value.map((text) => indexOf(table, text)) });
  }
  return stored;
}

export function restoreFacts(texts: readonly string[], stored: StoredFacts): Facts {
  const known: Record<string, unknown> = {};
  for (let at = 0; at < stored.length; at += 2) {
    const place = stored[at];
    const name = typeof place === 'number' ? names[place] : undefined;
    if (name === undefined) throw new Error('Facts in state have a place that is none.');
    known[name] = restoreValue(texts, stored[at + 1] ?? null);
  }
  return { ...emptyFacts, ...known };
}

function restoreValue(texts: readonly string[], value: StoredFacts[number]): unknown {
  if (value === null) return null;
  if (typeof value === 'number') return textAt(texts, value);
  return 'l' in value ? value.l.map((index) => textAt(texts, index)) : value[0];
}

const names = Object.keys(emptyFacts).filter(isName);

function isName(name: string): name is keyof Facts {
  return name in emptyFacts;
}
