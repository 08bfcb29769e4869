import { jsonSchemasOf } from './avro-json-schema.ts';
import { summaryFacts } from './queries/fact-select.ts';

const avro = jsonSchemasOf(new URL('../schemas/avro/audit-record.avsc', import.meta.url));
const factProperties = (schemaOf('Facts') as { properties: Record<string, object> }).properties;

/** A type of the record's Avro schema as JSON schema. */
export function schemaOf(name: string): object {
  const schema = avro.get(name);
  if (!schema) throw new Error(`The record's schema has no ${name}.`);
  return schema;
}

export const text = { type: 'string' } as const;
export const textOrNull = { anyOf: [{ type: 'string' }, { type: 'null' }] } as const;
export const decimal = { type: 'string', pattern: '^-?[0-9]+$' } as const;
export const time = { type: 'string', format: 'date-time' } as const;

export const asOfAnswer = {
  type: 'string',
  description: 'as of what this is answered: give it back as `asOf` to ask more at the same point',
};

export const namesAnswer = {
  type: 'object',
  additionalProperties: text,
  description: 'names of the principals above, by id, where the role may see them',
};

/** A record in a list: named facts of the Avro schema, times as RFC 3339, money as decimal text. */
export const summarySchema = {
  type: 'object',
  properties: {
    recordId: text,
    callId: text,
    revision: { type: 'integer' },
    kind: schemaOf('RecordKind'),
    ...Object.fromEntries(summaryFacts.map(summaryProperty)),
  },
};

export function objectSchema(properties: Record<string, object>): object {
  return { type: 'object', required: Object.keys(properties), properties };
}

function summaryProperty(fact: (typeof summaryFacts)[number]): [string, object] {
  if (fact === 'timeUs') return ['time', { ...time, description: "the record's place in time" }];
  if (fact === 'startTimeUs') return ['startTime', { ...time, description: 'start, as claimed' }];
  if (fact === 'costNano') {
    const description = 'billionths of the currency’s unit; null when no price is known';
    return [fact, { anyOf: [decimal, { type: 'null' }], description }];
  }
  return [fact, factProperties[fact] ?? {}];
}
