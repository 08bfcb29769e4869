import { z } from 'zod';

/** What can be priced. Meters are disjoint: `input_tokens` are those neither read from nor written to a cache. */
export const priceMeters = [
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'tool_call',
] as const;
export type PriceMeter = (typeof priceMeters)[number];

export const serverStatuses = [
  'proposed',
  'review',
  'approved',
  'active',
  'deprecated',
  'decommissioned',
  'revoked',
] as const;
export type ServerStatus = (typeof serverStatuses)[number];

type PriceBase = {
  readonly id: string;
  readonly unit: '1000000 Tokens' | 'Tokens' | 'Requests';
  /** Decimal text, in the currency's unit, per `unit`. */
  readonly rate: string;
  /** ISO 4217. */
  readonly currency: string;
  /** ISO date (midnight UTC) or time in UTC; inclusive. */
  readonly effectiveFrom: string;
  /** Exclusive; null while it is open. */
  readonly effectiveTo: string | null;
  readonly source: string;
};

/** One dated row of the price book. A row is never edited, only closed by its `effectiveTo`. */
export type Price =
  | (PriceBase & {
      readonly meter: Exclude<PriceMeter, 'tool_call'>;
      readonly provider: string;
      /** A name, or its beginning and a `*`. */
      readonly model: string;
    })
  | (PriceBase & { readonly meter: 'tool_call'; readonly server: string; readonly tool: string });

export type Team = {
  readonly id: string;
  readonly name: string;
  readonly costCenter: string | null;
  /** In a document: as typed. In an event: principal ids. */
  readonly members: readonly string[];
};

export type RegisteredAgent = {
  readonly name: string;
  readonly team: string | null;
  readonly owner: string | null;
};

export type RegisteredServer = {
  readonly name: string;
  readonly owner: string | null;
  readonly team: string | null;
  readonly status: ServerStatus;
  readonly dataClassification: string | null;
  readonly approvedTools: readonly string[] | null;
};

/** Body of a `registry_applied` event: what is declared, people as principal ids. */
export type RegistryBody = {
  readonly teams: readonly Team[];
  readonly agents: readonly RegisteredAgent[];
  readonly servers: readonly RegisteredServer[];
};

/** Body of a `price_book_applied` event. */
export type PriceBookBody = { readonly prices: readonly Price[] };

/** The body of a `registry_applied` event. Throws when it is none: such an event was not written by this project. */
export function parseRegistryBody(body: string): RegistryBody {
  return registryBody.parse(JSON.parse(body));
}

/** The body of a `price_book_applied` event. Throws likewise. */
export function parsePriceBookBody(body: string): PriceBookBody {
  return priceBookBody.parse(JSON.parse(body));
}

const text = z.string();
const textOrNull = z.string().nullable();

// Unknown keys are dropped, not refused: an event of a later version may say more.
const registryBody = z.object({
  teams: z.array(
    z.object({ id: text, name: text, costCenter: textOrNull, members: z.array(text) }),
  ),
  agents: z.array(z.object({ name: text, team: textOrNull, owner: textOrNull })),
  servers: z.array(
    z.object({
      name: text,
      owner: textOrNull,
      team: textOrNull,
      status: z.enum(serverStatuses),
      dataClassification: textOrNull,
      approvedTools: z.array(text).nullable(),
    }),
  ),
});

const priceBase = {
  id: text,
  unit: z.enum(['1000000 Tokens', 'Tokens', 'Requests']),
  rate: text,
  currency: text,
  effectiveFrom: text,
  effectiveTo: textOrNull,
  source: text,
};

const priceBookBody = z.object({
  prices: z.array(
    z.discriminatedUnion('meter', [
      z.object({ ...priceBase, meter: z.literal('tool_call'), server: text, tool: text }),
      z.object({
        ...priceBase,
        meter: z.enum(priceMeters).exclude(['tool_call']),
        provider: text,
        model: text,
      }),
    ]),
  ),
});
