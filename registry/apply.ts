import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { EventLog, NewMessage } from '../event-log/event-log.ts';
import type { OwnDetector, RedactionPolicy } from '../redaction/policy/policy.ts';
import { builtInPolicy } from '../redaction/policy/policy.ts';
import { sealDirectoryEntry } from '../redaction/principal.ts';
import type { RegistryEvent, RegistryEventType } from '../schemas/record-types.ts';
import { headerNames, topics } from '../schemas/topics.ts';
import type { Price, PriceBookBody, RegistryBody } from './body.ts';
import { parsePriceBookBody, parseRegistryBody } from './body.ts';
import { carryMembers } from './carry-members.ts';
import { eventMessage } from './event-message.ts';
import type { RegistryDocument } from './document.ts';
import { parseRegistry } from './document.ts';
import { RegistryError } from './errors.ts';
import type { KeyRing } from './key-ring.ts';
import { newestKeyVersion, principalIdsOf } from './key-ring.ts';
import { readRegistryEvents } from './read-events.ts';
import { parseRedactionBody } from './redaction-body.ts';
import type { DeclaredDetector, RedactionDocument } from './redaction-document.ts';
import { tenantKey } from './tenant-keys.ts';

export type RegistryChange = {
  readonly log: EventLog;
  readonly tenant: string;
  readonly keys: KeyRing;
  /** Key id or principal id of who applies it; null for the program itself. */
  readonly actor: string | null;
  readonly clock: () => number;
};

/** Which events were appended; empty when the log already says all of it. */
export type Applied = readonly ('registry_applied' | 'price_book_applied' | 'redaction_applied')[];

/**
 * Appends what the document declares, durably and at once: an event for the registry and one for the prices, each only when it differs from
 * the tenant's last, and a directory entry for each person named. People stand in the events as principal ids only. A document
 * without `prices` or `redaction` leaves those alone. Throws `REGISTRY_PRICE_CHANGED` when a row that was ever applied is edited, though it
 * has left the book since: records already carry its id as the proof of their price.
 */
export async function applyRegistry(
  change: RegistryChange & { readonly document: RegistryDocument },
): Promise<Applied> {
  const { log, tenant, document } = change;
  const last = await lastApplied(log, tenant);
  const people = new Set<string>();
  const body = withPrincipals(document, principalsOf(change, people));
  const events = [eventOf(change, 'registry_applied', body)];
  if (document.prices) {
    refuseEditedPrices(await everApplied(log, tenant), document.prices);
    const prices: PriceBookBody = { prices: document.prices };
    events.push(eventOf(change, 'price_book_applied', prices));
  }
  const redaction = redactionOf(change, last, document.redaction);
  if (redaction) events.push(eventOf(change, 'redaction_applied', redaction));
  return appendNew(change, { events, last, people });
}

/** Brings the newest version of the tenant's keys into force, where it is not; what was declared stays. */
export async function applyKeyVersion(change: RegistryChange): Promise<Applied> {
  const last = await lastApplied(change.log, change.tenant);
  const policy = redactionOf(change, last, null);
  if (!policy) return [];
  const event = eventOf(change, 'redaction_applied', policy);
  if (last.get('redaction_applied')?.digest === event.digest) return [];
  const registry = last.get('registry_applied');
  if (!registry) return appendNew(change, { events: [event], last, people: new Set() });
  const { body, people } = await carryMembers(change, parseRegistryBody(registry.body));
  const events = [eventOf(change, 'registry_applied', body), event];
  return appendNew(change, { events, last, people });
}

// Null where neither the document nor a key has anything to say. Examples stay behind: they may be real values. A version that came into
// force is never taken back, though its file be missing here.
function redactionOf(
  { keys, tenant }: RegistryChange,
  last: LastApplied,
  declared: RedactionDocument | null,
): RedactionPolicy | null {
  const event = last.get('redaction_applied');
  const before = event ? parseRedactionBody(event.body) : builtInPolicy;
  const keyVersion = Math.max(before.keyVersion, newestKeyVersion(keys, tenant));
  if (declared === null) {
    return !event && keyVersion === before.keyVersion ? null : { ...before, keyVersion };
  }
  return { rules: declared.rules, detectors: declared.detectors.map(withoutExamples), keyVersion };
}

function withoutExamples(declared: DeclaredDetector): OwnDetector {
  const { id, class: dataClass, pattern, ignoreCase, context, validator } = declared;
  return { id, class: dataClass, pattern, ignoreCase, context, validator };
}

/**
 * Applies the examples of `price-book.yaml` to a tenant that has no price book at all, so that a first start shows costs. Never
 * touches a book that somebody applied.
 */
export async function applyBuiltInPriceBook(change: RegistryChange): Promise<Applied> {
  const last = await lastApplied(change.log, change.tenant);
  if (last.has('price_book_applied')) return [];
  const yaml = readFileSync(join(import.meta.dirname, 'price-book.yaml'), 'utf8');
  const prices: PriceBookBody = { prices: parseRegistry(yaml).prices ?? [] };
  const events = [eventOf(change, 'price_book_applied', prices)];
  return appendNew(change, { events, last, people: new Set() });
}

type LastApplied = ReadonlyMap<RegistryEventType, RegistryEvent>;
type AppliedEvent = RegistryEvent & { readonly type: Applied[number] };

async function lastApplied(log: EventLog, tenant: string): Promise<LastApplied> {
  const last = new Map<RegistryEventType, RegistryEvent>();
  for await (const { event } of readRegistryEvents(log)) {
    if (event.tenant === tenant) last.set(event.type, event);
  }
  return last;
}

/** Every row that was ever in the tenant's book, as it stood there last. */
async function everApplied(log: EventLog, tenant: string): Promise<ReadonlyMap<string, Price>> {
  const rows = new Map<string, Price>();
  for await (const { event } of readRegistryEvents(log)) {
    if (event.tenant !== tenant || event.type !== 'price_book_applied') continue;
    for (const row of parsePriceBookBody(event.body).prices) rows.set(row.id, row);
  }
  return rows;
}

type NewFacts = {
  readonly events: readonly AppliedEvent[];
  readonly last: LastApplied;
  readonly people: ReadonlySet<string>;
};

async function appendNew(
  change: RegistryChange,
  { events, last, people }: NewFacts,
): Promise<Applied> {
  const changed = events.filter(({ type, digest }) => last.get(type)?.digest !== digest);
  if (changed.length === 0) return [];
  const named = changed.some(({ type }) => type === 'registry_applied') ? [...people] : [];
  // Commit point: the directory knows everybody whom the events name, since both are appended together or not at all.
  await change.log.append([
    ...named.flatMap((name) => directoryMessages(change, name)),
    ...changed.map((event) => eventMessage(event)),
  ]);
  return changed.map(({ type }) => type);
}

function eventOf(
  { tenant, actor, clock }: RegistryChange,
  type: Applied[number],
  content: RegistryBody | PriceBookBody | RedactionPolicy,
): AppliedEvent {
  const body = JSON.stringify(content);
  const digest = createHash('sha256').update(body).digest('hex');
  return { eventId: randomUUID(), tenant, type, timeUs: clock() * 1000, actor, digest, body };
}

function directoryMessages({ tenant, keys }: RegistryChange, name: string): readonly NewMessage[] {
  const key = tenantKey(keys.master, tenant, 'directory');
  return principalIdsOf(keys, tenant, name).map((id) => ({
    topic: topics.directory,
    partition: 0,
    key: `${tenant}/${id}`,
    headers: { [headerNames.tenant]: tenant },
    value: sealDirectoryEntry(
      key,
      { tenant, principalId: id },
      { name, key: 'registry' },
      randomBytes(12),
    ),
  }));
}

/** A name's principal ids, one a key version, noting the name on the way. */
type PrincipalsOf = (name: string) => readonly string[];

function principalsOf({ keys, tenant }: RegistryChange, people: Set<string>): PrincipalsOf {
  return (name) => {
    people.add(name);
    return principalIdsOf(keys, tenant, name);
  };
}

// A member is one under whatever key version; an owner is named once, under the newest.
function withPrincipals(
  { teams, agents, servers }: RegistryDocument,
  principals: PrincipalsOf,
): RegistryBody {
  const owned = <T extends { readonly owner: string | null }>(entry: T): T => ({
    ...entry,
    owner: entry.owner === null ? null : (principals(entry.owner).at(-1) ?? null),
  });
  return {
    teams: teams.map((team) => ({ ...team, members: team.members.flatMap(principals) })),
    agents: agents.map(owned),
    servers: servers.map(owned),
  };
}

function refuseEditedPrices(before: ReadonlyMap<string, Price>, prices: readonly Price[]): void {
  const edited = prices.flatMap((row, at) => {
    const known = before.get(row.id);
    return known && !isSamePrice(known, row) ? [`prices[${at}]`] : [];
  });
  if (edited.length === 0) return;
  const message =
    'a row that was applied is never edited: close it with effectiveTo, and add a row with an id of its own';
  throw new RegistryError(
    'REGISTRY_PRICE_CHANGED',
    edited.map((path) => ({ path, message })),
  );
}

// All but the end: an open row may be closed.
function isSamePrice(a: Price, b: Price): boolean {
  const sameFacts = isDeepStrictEqual({ ...a, effectiveTo: null }, { ...b, effectiveTo: null });
  return sameFacts && (a.effectiveTo === null || a.effectiveTo === b.effectiveTo);
}
