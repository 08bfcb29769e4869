import { z } from 'zod';
import {
  clientList,
  clientSettings,
  isCovered,
  serverSettings,
} from '../inner-http/server-settings.ts';
import { KeyKeeperError } from './errors.ts';

const text = (meaning: string) => z.string().min(1).describe(meaning);

/** Every knob of the key keeper: name with its unit, default, meaning. The room's README shows the same table. */
export const keyKeeperConfigSchema = z
  .strictObject({
    ...serverSettings(4320),
    masterKeyFile: text('file with the deployment’s master key, 64 hex digits'),
    traceKeysFolder: text('folder of the keys of home traces; made when missing'),
    clients: clientList(
      clientSettings.extend({
        mayDestroy: z.boolean().default(false).describe('the ledger, which erases'),
      }),
    ),
  })
  .refine(isCovered, { message: 'keys leave this machine under TLS only', path: ['tls'] });

export type KeyKeeperConfig = z.infer<typeof keyKeeperConfigSchema>;

/** The configuration with its defaults. Throws `KEY_KEEPER_CONFIG_INVALID` with all mistakes together. */
export function parseKeyKeeperConfig(input: unknown): KeyKeeperConfig {
  const parsed = keyKeeperConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new KeyKeeperError('KEY_KEEPER_CONFIG_INVALID', `${mistakes.join('; ')}.`);
}
