import { z } from 'zod';
import { isLoopback } from '../key-store/is-loopback.ts';
import { KeyKeeperError } from './errors.ts';

const text = (meaning: string) => z.string().min(1).describe(meaning);
const count = (fallback: number, meaning: string) =>
  z.number().int().min(1).default(fallback).describe(meaning);

/** Every knob of the key keeper: name with its unit, default, meaning. The room's README shows the same table. */
export const keyKeeperConfigSchema = z
  .strictObject({
    host: text('address to listen on').default('127.0.0.1'),
    port: z
      .number()
      .int()
      .min(0)
      .max(65_535)
      .default(4320)
      .describe('its port; 0 takes a free one'),
    tls: z
      .strictObject({
        certificateFile: text('PEM: certificate of this server, and what leads to its authority'),
        keyFile: text('PEM: its key'),
      })
      .optional()
      .describe('without it only loopback can be listened on'),
    masterKeyFile: text('file with the deployment’s master key, 64 hex digits'),
    traceKeysFolder: text('folder of the keys of home traces; made when missing'),
    clients: z
      .array(
        z.strictObject({
          name: text('who, for messages'),
          tokenFile: text('file with its token, 64 hex digits'),
          mayDestroy: z.boolean().default(false).describe('the ledger, which erases'),
        }),
      )
      .min(1)
      .max(64)
      .refine((clients) => new Set(clients.map(({ name }) => name)).size === clients.length, {
        message: 'two clients have one name',
      })
      .describe('who may ask'),
    kafka: z.unknown().optional().describe('of the roles in common; the keeper has no use for it'),
    partitions: z
      .unknown()
      .optional()
      .describe('of the roles in common; the keeper has no use for it'),
    stopWaitMsMax: count(10_000, 'wait for requests under way at a stop'),
  })
  .refine(({ host, tls }) => tls !== undefined || isLoopback(host), {
    message: 'keys leave this machine under TLS only',
    path: ['tls'],
  });

export type KeyKeeperConfig = z.infer<typeof keyKeeperConfigSchema>;

/** The configuration with its defaults. Throws `KEY_KEEPER_CONFIG_INVALID` with all mistakes together. */
export function parseKeyKeeperConfig(input: unknown): KeyKeeperConfig {
  const parsed = keyKeeperConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new KeyKeeperError('KEY_KEEPER_CONFIG_INVALID', `${mistakes.join('; ')}.`);
}
