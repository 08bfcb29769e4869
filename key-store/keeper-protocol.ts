import { z } from 'zod';
import type { HomeTrace } from './trace-keys.ts';
import { TRACE_KEY_BYTES } from './trace-keys.ts';

/**
 * What a key keeper is asked over HTTP, and answers: JSON, POST, a bearer token. A trace is `[tenant, trace id]`, a key base64; null is a
 * key that was destroyed, false one that there never was.
 */
export const keeperPaths = {
  /** `keysFor`: `{ homes, offered? }` → `{ keys }`. */
  take: '/v1/keys/take',
  /** `find`: `{ homes }` → `{ keys }`. */
  find: '/v1/keys/find',
  /** `destroy`: `{ homes }` → `{ destroyed }`. */
  destroy: '/v1/keys/destroy',
} as const;

/** Traces of one request, and its bytes. */
export const KEEPER_HOMES_MAX = 5_000;
export const KEEPER_BYTES_MAX = 2 * 1024 * 1024;

const home = z.tuple([z.string().min(1).max(256), z.string().regex(/^[0-9a-f]{32}$/)]);
const key = z
  .base64()
  .transform((text) => Uint8Array.from(Buffer.from(text, 'base64')))
  .refine(({ length }) => length === TRACE_KEY_BYTES, 'is no key of 32 bytes');

export const keeperRequest = z
  .strictObject({
    homes: z.array(home).max(KEEPER_HOMES_MAX),
    offered: z.array(key).optional(),
  })
  .refine(({ homes, offered }) => offered === undefined || offered.length === homes.length, {
    message: 'offered is not one key a trace',
  })
  .transform(({ homes, offered }) => ({
    homes: homes.map(([tenant, traceId]): HomeTrace => ({ tenant, traceId })),
    offered,
  }));

export const keysAnswer = z.object({ keys: z.array(z.union([key, z.null(), z.literal(false)])) });
export const destroyedAnswer = z.object({ destroyed: z.number().int().min(0) });

export function encodeHomes(homes: readonly HomeTrace[]): readonly (readonly [string, string])[] {
  return homes.map(({ tenant, traceId }) => [tenant, traceId]);
}

export function encodeKey(key: Uint8Array): string {
  return Buffer.from(key).toString('base64');
}
