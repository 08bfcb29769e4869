import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { KeyStoreError } from '../key-store/errors.ts';
import {
  KEEPER_BYTES_MAX,
  encodeKey,
  keeperPaths,
  keeperRequest,
} from '../key-store/keeper-protocol.ts';
import type { TraceKeys } from '../key-store/trace-keys.ts';

/** Who may ask, by a token of which the hash alone is held. */
export type KeeperClient = {
  readonly name: string;
  readonly tokenHash: Buffer;
  readonly mayDestroy: boolean;
};

export type KeeperAnswer = { readonly status: number; readonly body: object };

/** One request, from its head to its answer. Never rejects: what goes wrong is a status, and no answer repeats what was asked. */
export async function answer(
  keys: TraceKeys,
  clients: readonly KeeperClient[],
  request: IncomingMessage,
): Promise<KeeperAnswer> {
  const path = request.url ?? '';
  const action = Object.entries(keeperPaths).find(([, known]) => known === path)?.[0];
  if (request.method !== 'POST' || action === undefined) return refusal(404, 'NOT_FOUND');
  const client = clientOf(clients, request.headers.authorization ?? '');
  if (client === undefined) return refusal(401, 'UNAUTHENTICATED');
  if (action === 'destroy' && !client.mayDestroy) return refusal(403, 'FORBIDDEN');
  const text = await readBody(request);
  if (text === undefined) return refusal(413, 'TOO_LARGE');
  const asked = parse(text);
  if (asked === undefined) return refusal(400, 'INVALID');
  try {
    return { status: 200, body: await carryOut(keys, action, asked) };
  } catch (error) {
    const code = error instanceof KeyStoreError ? error.code : 'KEY_KEEPER_DEFECT';
    return refusal(503, code);
  }
}

type Asked = ReturnType<typeof keeperRequest.parse>;

async function carryOut(keys: TraceKeys, action: string, asked: Asked): Promise<object> {
  const { homes, offered } = asked;
  if (action === 'destroy') return { destroyed: await keys.destroy(homes) };
  if (action === 'take') {
    const taken = await keys.keysFor(homes, offered);
    return { keys: taken.map((key) => key && encodeKey(key)) };
  }
  const found: (string | null | false)[] = [];
  for (const home of homes) {
    const key = await keys.find(home);
    found.push(key === undefined ? false : key && encodeKey(key));
  }
  return { keys: found };
}

function clientOf(
  clients: readonly KeeperClient[],
  authorization: string,
): KeeperClient | undefined {
  const token = authorization.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : '';
  const given = hashOf(token);
  return clients.find(({ tokenHash }) => timingSafeEqual(tokenHash, given));
}

export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token.toLowerCase()).digest();
}

function parse(text: string): Asked | undefined {
  try {
    const parsed = keeperRequest.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined for one that is too long: the rest of it is let pass, so that its sender reads the answer. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  request.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes <= KEEPER_BYTES_MAX) parts.push(part);
  });
  return new Promise((resolve) => {
    request.on('end', () =>
      resolve(bytes <= KEEPER_BYTES_MAX ? Buffer.concat(parts).toString('utf8') : undefined),
    );
    request.on('error', () => resolve(undefined));
  });
}

function refusal(status: number, code: string): KeeperAnswer {
  return { status, body: { code } };
}
