import { isPrincipalId } from '../redaction/principal.ts';
import { isClassToken } from '../redaction/search-tokens.ts';
import { principalIdsOf, tokensOf } from '../registry/key-ring.ts';
import { tenantKey } from '../registry/tenant-keys.ts';
import type { Input, QueryApi, Reader } from './api.ts';
import { openToken, sealToken } from './cursor.ts';
import { QueryApiError } from './errors.ts';
import type { FilterParameter, GivenFilter, TimeRange } from './queries/filters.ts';
import { readTimeRange } from './queries/filters.ts';
import { may } from './permissions.ts';
import { readPosition } from './queries/position.ts';
import type { SealedPosition } from './sealed-position.ts';
import { logIds } from './sealed-position.ts';

/** The filters given, in the order of the known ones: people as principal ids, sensitive values as tokens, under all key versions. */
export function givenFilters(
  api: QueryApi,
  reader: Reader,
  known: readonly FilterParameter[],
  query: Input['query'],
): readonly GivenFilter[] {
  return known.flatMap(({ name }) => {
    const values = query[name];
    if (!Array.isArray(values)) return [];
    const texts = values.map(String);
    return [{ parameter: name, values: looked(api, reader, name, texts) }];
  });
}

/** The window asked for; only after `rangeMistakes` found none. */
export function timeRangeOf(api: QueryApi, query: Input['query']): TimeRange {
  const range = askedRange(api, query);
  if (typeof range === 'string') throw new QueryApiError('PARAMETERS_INVALID', range);
  return range;
}

export function rangeMistakes(api: QueryApi, query: Input['query']): readonly string[] {
  const range = askedRange(api, query);
  return typeof range === 'string' ? [range] : [];
}

/** As of what to answer: the position of the `asOf` token, else what is sealed now. */
export async function positionOf(
  api: QueryApi,
  reader: Reader,
  query: Input['query'],
): Promise<SealedPosition> {
  const token = query['asOf'];
  if (typeof token !== 'string') {
    return readPosition(api.store, logIds(api.log.partitions));
  }
  const position = openToken(tokenKey(api, reader), asOfBinding(reader), token);
  if (!position)
    throw new QueryApiError('AS_OF_INVALID', 'asOf is not one of ours, or was altered.');
  // Nobody but this room makes a token that opens.
  return position as SealedPosition;
}

/** The token that asks later as of the same position. */
export function asOfToken(api: QueryApi, reader: Reader, position: SealedPosition): string {
  return sealToken(tokenKey(api, reader), asOfBinding(reader), position);
}

export function tokenKey(api: QueryApi, reader: Reader): Buffer {
  return tenantKey(api.keys.master, reader.tenant, 'cursor');
}

/** Names of the principals, where the role may see them and the directory still has them. */
export function namesOf(
  api: QueryApi,
  reader: Reader,
  principalIds: Iterable<string | null | undefined>,
): Readonly<Record<string, string>> {
  const names: Record<string, string> = {};
  if (!may(reader.role, 'names')) return names;
  for (const id of principalIds) {
    if (!id || id in names) continue;
    const name = api.directory.nameOf(reader.tenant, id);
    if (name !== undefined) names[id] = name;
  }
  return names;
}

/** Filters and window, for the trail. */
export function askedOf(
  given: readonly GivenFilter[],
  query: Input['query'],
): Readonly<Record<string, unknown>> {
  const filters = Object.fromEntries(given.map(({ parameter, values }) => [parameter, values]));
  const rest = ['from', 'to', 'by', 'limit'].filter((name) => query[name] !== undefined);
  return { ...filters, ...Object.fromEntries(rest.map((name) => [name, query[name]])) };
}

function looked(
  api: QueryApi,
  reader: Reader,
  name: string,
  values: readonly string[],
): readonly string[] {
  if (name !== 'user' && name !== 'value') return values;
  return values.flatMap((value) => {
    if (value === '' || isPrincipalId(value) || isClassToken(value)) return [value];
    if (!may(reader.role, 'names')) {
      throw new QueryApiError('FORBIDDEN', 'This role asks for people by principal id only.');
    }
    const ids = principalIdsOf(api.keys, reader.tenant, value);
    return name === 'user' ? ids : [...ids, ...tokensOf(api.keys, reader.tenant, value)];
  });
}

function askedRange(api: QueryApi, query: Input['query']): TimeRange | string {
  const { from, to } = { from: query['from'], to: query['to'] };
  return readTimeRange(
    {
      from: typeof from === 'string' ? from : undefined,
      to: typeof to === 'string' ? to : undefined,
    },
    api.nowMs() * 1000,
    api.limits,
  );
}

function asOfBinding(reader: Reader) {
  return { purpose: 'asOf', tenant: reader.tenant, filters: '' } as const;
}
