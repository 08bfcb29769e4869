import type { FilterParameter } from './queries/filters.ts';
import { TOKEN_LENGTH_MAX } from './cursor.ts';

/** JSON schemas of query strings, made of the filters' table: what is refused and what OpenAPI shows are one thing. */
export function filterProperties(parameters: readonly FilterParameter[]): Record<string, object> {
  return Object.fromEntries(
    parameters.map(({ name, means, values, pattern }) => [
      name,
      {
        type: 'array',
        description: `${means}. Given more than once, any of the values matches.`,
        minItems: 1,
        maxItems: name === 'trace' ? 1 : VALUES_MAX,
        items: {
          type: 'string',
          maxLength: VALUE_LENGTH_MAX,
          ...(values ? { enum: values } : {}),
          ...(pattern ? { pattern } : {}),
        },
      },
    ]),
  );
}

export const timeProperties = {
  from: {
    type: 'string',
    maxLength: 40,
    description: 'begin of the window, inclusive: RFC 3339, e.g. 2026-11-21T06:00:00Z',
  },
  to: { type: 'string', maxLength: 40, description: 'end of the window, exclusive: RFC 3339' },
};

export const asOfProperty = {
  asOf: {
    type: 'string',
    minLength: 1,
    maxLength: TOKEN_LENGTH_MAX,
    description: '`asOf` of an earlier answer: what was sealed then, and nothing later',
  },
};

export function limitProperty(most: number, fallback: number): Record<string, object> {
  return {
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: most,
      default: fallback,
      description: 'rows at most',
    },
  };
}

export function querystringSchema(
  properties: Record<string, object>,
  required: readonly string[] = [],
): object {
  return { type: 'object', additionalProperties: false, properties, required };
}

const VALUES_MAX = 20;
const VALUE_LENGTH_MAX = 512;
