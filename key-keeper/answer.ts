import type { IncomingMessage } from 'node:http';
import type { Client } from '../inner-http/clients.ts';
import type { Answer } from '../inner-http/read-asked.ts';
import { readAsked, refusal } from '../inner-http/read-asked.ts';
import { KeyStoreError } from '../key-store/errors.ts';
import {
  KEEPER_BYTES_MAX,
  encodeKey,
  keeperPaths,
  keeperRequest,
} from '../key-store/keeper-protocol.ts';
import type { TraceKeys } from '../key-store/trace-keys.ts';

export type KeeperClient = Client & { readonly mayDestroy: boolean };

const actions = new Map([
  [keeperPaths.take, 'take'],
  [keeperPaths.find, 'find'],
  [keeperPaths.destroy, 'destroy'],
] as const);

/** One request, from its head to its answer. Never rejects: what goes wrong is a status, and no answer repeats what was asked. */
export async function answer(
  keys: TraceKeys,
  clients: readonly KeeperClient[],
  request: IncomingMessage,
): Promise<Answer> {
  const offered = { actions, clients, bytesMax: KEEPER_BYTES_MAX };
  const read = readAsked(offered, request);
  if ('refused' in read) return read.refused;
  const { action, client } = read.asked;
  if (action === 'destroy' && !client.mayDestroy) return refusal(403, 'FORBIDDEN');
  const given = await read.asked.read(keeperRequest);
  if ('refused' in given) return given.refused;
  try {
    return { status: 200, body: await carryOut(keys, action, given.body) };
  } catch (error) {
    const code = error instanceof KeyStoreError ? error.code : 'KEY_KEEPER_DEFECT';
    return refusal(503, code);
  }
}

async function carryOut(
  keys: TraceKeys,
  action: keyof typeof keeperPaths,
  { homes, offered }: ReturnType<typeof keeperRequest.parse>,
): Promise<object> {
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
