import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { readSecretKey } from '../registry/master-key.ts';
import { isLoopback } from './is-loopback.ts';

/** Where a service of the deployment is, for a role on any machine; `what` is what it gives, for messages. */
export function peerSettings(what: string) {
  return z.strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .refine(
        (url) =>
          url.startsWith('https:') || isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, '')),
        { message: `${what} come over TLS only, but from this machine` },
      )
      .describe('its address'),
    tokenFile: z.string().min(1).describe('file with this role’s token, 64 hex digits'),
    authorityFile: z
      .string()
      .min(1)
      .optional()
      .describe('PEM: authority that signed its certificate'),
  });
}

type PeerSettings = z.infer<ReturnType<typeof peerSettings>>;

export type PeerAddress = {
  /** `https://host:port`; `http` is for loopback. */
  readonly url: string;
  readonly token: string;
  /** PEM of the authority that signed the certificate; without it those that Node trusts. */
  readonly authority?: string;
  /** Wait for one answer, milliseconds. */
  readonly answerWaitMsMax?: number;
};

/** Rejects with what reading the token, a file of hex digits, or the authority rejects with. */
export async function readPeerAddress({
  url,
  tokenFile,
  authorityFile,
}: PeerSettings): Promise<PeerAddress> {
  const token = (await readSecretKey(tokenFile)).toString('hex');
  if (authorityFile === undefined) return { url, token };
  return { url, token, authority: await readFile(authorityFile, 'utf8') };
}
