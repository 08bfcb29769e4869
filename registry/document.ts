import { z } from 'zod';
import type { Price, RegisteredAgent, RegisteredServer, Team } from './body.ts';
import { priceMeters, serverStatuses } from './body.ts';
import { decimalPattern } from './decimal.ts';
import { mistakesBetween } from './document-references.ts';
import type { RedactionDocument } from './redaction-document.ts';
import { readDocument, refuse } from './read-yaml.ts';
import { redactionMistakes, redactionSchema } from './redaction-document.ts';

/** What a tenant declares. `prices` and `redaction` are null where the document says nothing of them: what was applied stays. */
export type RegistryDocument = {
  readonly teams: readonly Team[];
  readonly agents: readonly RegisteredAgent[];
  readonly servers: readonly RegisteredServer[];
  readonly prices: readonly Price[] | null;
  readonly redaction: RedactionDocument | null;
};

/**
 * Reads a registry document (YAML 1.2; docs in the room's README). Throws a `RegistryError` that tells every mistake at once, each with
 * its place. Unknown keys are mistakes: a misspelt `effectiveTo` must not pass for an open price.
 */
export function parseRegistry(yaml: string): RegistryDocument {
  const document = readDocument(yaml, documentSchema);
  const { redaction } = document;
  const mistakes = [
    ...mistakesBetween(document),
    ...(redaction === null ? [] : redactionMistakes(redaction)),
  ];
  if (mistakes.length > 0) refuse(mistakes);
  return document;
}

// No control characters: NUL parts the names in the price book's keys, and none of the others belongs into a name.
const name = z
  .string({ error: (issue) => (issue.input === undefined ? 'is missing' : 'must be text') })
  .min(1, 'is empty')
  .max(256, 'is longer than 256 characters')
  .refine((text) => !/\p{Cc}/u.test(text), 'has a control character in it');
const pattern = name.refine((text) => !/\*./.test(text), 'may have a * at its end only');
const optionalName = name.nullable().default(null);

const rate = z
  .string({
    error: (issue) =>
      issue.input === undefined
        ? 'is missing'
        : 'must be a decimal in quotes, so that no digit of it is lost on the way',
  })
  .regex(decimalPattern, 'must be a decimal like "0.003": no sign, no exponent, at most 18 places');

const instant = z
  .string({ error: 'must be a date like 2026-01-31, or a time in UTC like 2026-01-31T12:00:00Z' })
  .regex(
    /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/,
    'must be a date like 2026-01-31, or a time in UTC like 2026-01-31T12:00:00Z',
  )
  .refine((text) => isCalendarDate(text), 'is no day of the calendar');

// Date.parse takes the 30th of February for the 2nd of March.
function isCalendarDate(text: string): boolean {
  const parsed = Date.parse(text);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(text.slice(0, 10));
}

const list = <T extends z.ZodType>(item: T) =>
  z.array(item, { error: 'must be a list' }).max(100_000, 'has more than 100000 entries');

const team = z.strictObject({
  id: name,
  name: name.optional(),
  costCenter: optionalName,
  members: list(name).default([]),
});

const server = z.strictObject({
  name,
  owner: optionalName,
  team: optionalName,
  status: z.enum(serverStatuses, { error: `must be one of ${serverStatuses.join(', ')}` }),
  dataClassification: optionalName,
  approvedTools: list(name).nullable().default(null),
});

const dated = {
  id: name,
  rate,
  currency: z
    .string({ error: 'must be an ISO 4217 code' })
    .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code'),
  effectiveFrom: instant,
  effectiveTo: instant.nullable().default(null),
  source: name,
};

const price = z.discriminatedUnion(
  'meter',
  [
    z.strictObject({
      ...dated,
      meter: z.literal('tool_call'),
      server: name,
      tool: pattern,
      unit: z.literal('Requests', { error: 'must be Requests for a tool call' }),
    }),
    z.strictObject({
      ...dated,
      meter: z.enum(priceMeters).exclude(['tool_call']),
      provider: name,
      model: pattern,
      unit: z.enum(['1000000 Tokens', 'Tokens'], {
        error: 'must be "1000000 Tokens" or Tokens for a model',
      }),
    }),
  ],
  { error: `meter must be one of ${priceMeters.join(', ')}` },
);

const documentSchema = z.strictObject(
  {
    teams: list(
      team.transform((declared): Team => ({ ...declared, name: declared.name ?? declared.id })),
    ).default([]),
    agents: list(z.strictObject({ name, team: optionalName, owner: optionalName })).default([]),
    servers: list(server).default([]),
    prices: list(price).nullable().default(null),
    redaction: redactionSchema.nullable().default(null),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'must be a mapping' : undefined) },
);
