import { createHash, timingSafeEqual } from 'node:crypto';
import { readSecretKey } from '../registry/master-key.ts';

/** Who may ask, by a token of which the hash alone is held. */
export type Client = { readonly name: string; readonly tokenHash: Buffer };

/** The configured clients, their tokens read. Rejects with what reading a file of hex digits rejects with. */
export async function readClients<T extends { readonly name: string; readonly tokenFile: string }>(
  configured: readonly T[],
): Promise<readonly (Omit<T, 'tokenFile'> & Client)[]> {
  return Promise.all(
    configured.map(async ({ tokenFile, ...rest }) => {
      const token = await readSecretKey(tokenFile);
      return { ...rest, tokenHash: hashOf(token.toString('hex')) };
    }),
  );
}

/** Whose token an `Authorization` header brings. */
export function clientOf<T extends Client>(
  clients: readonly T[],
  authorization: string,
): T | undefined {
  const token = authorization.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : '';
  const given = hashOf(token);
  return clients.find(({ tokenHash }) => timingSafeEqual(tokenHash, given));
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token.toLowerCase()).digest();
}
