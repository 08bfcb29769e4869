import { z } from 'zod';
import {
  clientList,
  clientSettings,
  isCovered,
  serverSettings,
} from '../inner-http/server-settings.ts';
import { SignerError } from './errors.ts';

const text = (meaning: string) => z.string().min(1).describe(meaning);

/** Every knob of the signer: name with its unit, default, meaning. The room's README shows the same table. */
export const signerConfigSchema = z
  .strictObject({
    ...serverSettings(4330),
    folder: text('folder of its keys and memory; made when missing'),
    clients: clientList(clientSettings),
    store: z
      .strictObject({
        url: text('HTTP address of ClickHouse'),
        username: text('user that may select').default('reader'),
        passwordFile: text('file with its password'),
      })
      .nullable()
      .default(null)
      .describe('read before each signature; without it the ledger’s proof is believed'),
    metricsHost: text('address of /metrics').default('127.0.0.1'),
    metricsPort: z
      .number()
      .int()
      .min(0)
      .max(65_535)
      .default(0)
      .describe('port of /metrics; 0 takes a free one'),
  })
  .refine(isCovered, { message: 'signatures leave this machine under TLS only', path: ['tls'] });

export type SignerConfig = z.infer<typeof signerConfigSchema>;

/** The configuration with its defaults. Throws `SIGNER_CONFIG_INVALID` with all mistakes together. */
export function parseSignerConfig(input: unknown): SignerConfig {
  const parsed = signerConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new SignerError('SIGNER_CONFIG_INVALID', `${mistakes.join('; ')}.`);
}
