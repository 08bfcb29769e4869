import { builtInPolicy } from '../redaction/policy/policy.ts';
import type { RegistryEvent } from '../schemas/record-types.ts';
import type { RegisteredServer, RegistryBody } from './body.ts';
import { parsePriceBookBody, parseRegistryBody } from './body.ts';
import type { PriceBook } from './price-book.ts';
import { emptyPriceBook, priceBookOf } from './price-book.ts';
import type { PolicyVersion } from './redaction-body.ts';
import { parseRedactionBody } from './redaction-body.ts';

type TenantRegistry = {
  readonly teamOfPrincipal: ReadonlyMap<string, string>;
  readonly teamOfAgent: ReadonlyMap<string, string>;
  readonly servers: ReadonlyMap<string, RegisteredServer>;
  readonly prices: PriceBook;
  readonly redaction: PolicyVersion;
};

/** What is declared, as of an offset of the registry's topic. A value: applying an event gives another view. */
export type RegistryView = {
  /** Offset of the last event applied; −1 for none. What a record carries as `configVersion`. */
  readonly version: number;
  readonly tenants: ReadonlyMap<string, TenantRegistry>;
};

export function emptyRegistry(): RegistryView {
  return { version: -1, tenants: new Map() };
}

/**
 * The view after an event of the registry's topic. An event that declares nothing, or is of a kind that this version does not know,
 * moves the version only. The last event of its kind holds: it carries the whole document, never a difference.
 */
export function applyRegistryEvent(
  view: RegistryView,
  event: RegistryEvent,
  offset: number,
): RegistryView {
  const before = view.tenants.get(event.tenant) ?? emptyTenant;
  const after = applied(before, event, offset);
  if (after === before) return { version: offset, tenants: view.tenants };
  return { version: offset, tenants: new Map(view.tenants).set(event.tenant, after) };
}

/** The id of the team that bears the cost of a call: its user's (a principal id), else its agent's (by name), else null. */
export function teamOf(
  view: RegistryView,
  tenant: string,
  who: { readonly user: string | null; readonly agent: string | null },
): string | null {
  const registry = view.tenants.get(tenant);
  if (!registry) return null;
  const byUser = who.user === null ? undefined : registry.teamOfPrincipal.get(who.user);
  const byAgent = who.agent === null ? undefined : registry.teamOfAgent.get(who.agent);
  return byUser ?? byAgent ?? null;
}

export function registeredServer(
  view: RegistryView,
  tenant: string,
  server: string,
): RegisteredServer | undefined {
  return view.tenants.get(tenant)?.servers.get(server);
}

export function pricesOf(view: RegistryView, tenant: string): PriceBook {
  return view.tenants.get(tenant)?.prices ?? emptyPriceBook;
}

/** The redaction policy of a tenant, and which version of it that is. */
export function redactionOf(view: RegistryView, tenant: string): PolicyVersion {
  return view.tenants.get(tenant)?.redaction ?? builtIn;
}

const builtIn: PolicyVersion = { policy: builtInPolicy, version: null };

const emptyTenant: TenantRegistry = {
  teamOfPrincipal: new Map(),
  teamOfAgent: new Map(),
  servers: new Map(),
  prices: emptyPriceBook,
  redaction: builtIn,
};

function applied(before: TenantRegistry, event: RegistryEvent, offset: number): TenantRegistry {
  if (event.type === 'registry_applied') {
    return { ...before, ...declared(parseRegistryBody(event.body)) };
  }
  if (event.type === 'price_book_applied') {
    return { ...before, prices: priceBookOf(parsePriceBookBody(event.body).prices) };
  }
  if (event.type === 'redaction_applied') {
    const policy = parseRedactionBody(event.body);
    return { ...before, redaction: { policy, version: offset } };
  }
  return before;
}

function declared(body: RegistryBody): Omit<TenantRegistry, 'prices' | 'redaction'> {
  const teamOfPrincipal = new Map<string, string>();
  for (const team of body.teams) {
    for (const member of team.members) teamOfPrincipal.set(member, team.id);
  }
  const teamOfAgent = new Map<string, string>();
  for (const { name, team } of body.agents) if (team !== null) teamOfAgent.set(name, team);
  return {
    teamOfPrincipal,
    teamOfAgent,
    servers: new Map(body.servers.map((server) => [server.name, server])),
  };
}
