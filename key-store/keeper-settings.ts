import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { KeeperAddress } from './ask-keeper.ts';
import { isLoopback } from './is-loopback.ts';

/** Where the keys of traces are kept, for a role on any machine. */
export const keeperSettings = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .refine(
      (url) =>
        url.startsWith('https:') || isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, '')),
      {
        message: 'keys come over TLS only, but from this machine',
      },
    )
    .describe('address of the key keeper'),
  tokenFile: z.string().min(1).describe('file with this role’s token, 64 hex digits'),
  authorityFile: z
    .string()
    .min(1)
    .optional()
    .describe('PEM: authority that signed the keeper’s certificate'),
});

export type KeeperSettings = z.infer<typeof keeperSettings>;

/** `readSecret` gives the bytes of a file of hex digits, or rejects. */
export async function readKeeperAddress(
  { url, tokenFile, authorityFile }: KeeperSettings,
  readSecret: (file: string) => Promise<Buffer>,
): Promise<KeeperAddress> {
  const token = (await readSecret(tokenFile)).toString('hex');
  if (authorityFile === undefined) return { url, token };
  return { url, token, authority: await readFile(authorityFile, 'utf8') };
}
