import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { EventLogError } from '../errors.ts';
import type { ConnectionOptions } from './kafkajs.ts';
import { schemaRegistrySettings } from './schema-registry.ts';

const count = (fallback: number, meaning: string) =>
  z.number().int().min(1).default(fallback).describe(meaning);
const text = (meaning: string) => z.string().min(1).describe(meaning);
const file = text;

const sasl = z.discriminatedUnion('mechanism', [
  z.strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
    username: text('user'),
    passwordFile: file('file with the password'),
  }),
  z.strictObject({
    mechanism: z.literal('oauthbearer'),
    tokenUrl: z.url().describe('token endpoint, asked with the client credentials grant'),
    clientId: text('client'),
    clientSecretFile: file('file with its secret'),
    scope: text('scope asked for').optional(),
  }),
]);

/** How the brokers are reached. Secrets are in files, and never in this. */
export const kafkaSettingsSchema = z.strictObject({
  brokers: z.array(text('host:port')).min(1).describe('brokers to begin with'),
  clientId: text('name in the brokers’ logs and quotas').default('waybill'),
  topicPrefix: z
    .string()
    .regex(/^[a-z0-9._-]{0,64}$/)
    .default('')
    .describe('put before the names of topics, groups and transactional ids'),
  stateDirectory: text('directory of the local copies of owners’ state; may be lost'),
  tls: z
    .strictObject({
      caFile: file('certificates trusted, PEM; the system’s when absent').optional(),
      certificateFile: file('own certificate, PEM').optional(),
      keyFile: file('its key, PEM').optional(),
    })
    .optional()
    .describe('TLS to the brokers, when present'),
  sasl: sasl.optional().describe('authentication'),
  schemaRegistry: schemaRegistrySettings
    .optional()
    .describe('Avro values are framed as Confluent’s, their schemas kept here, when present'),
  requestWaitMsMax: count(30_000, 'wait for one answer of a broker'),
  transactionWaitMsMax: count(60_000, 'after which the broker ends a transaction left open'),
  sessionWaitMsMax: count(15_000, 'after which a silent member of a group has lost its partitions'),
});

export type KafkaSettings = z.infer<typeof kafkaSettingsSchema>;

/** Reads the files that the settings name. Throws `EVENT_LOG_INVALID` for one that cannot be read. */
export async function toConnectionOptions(
  settings: KafkaSettings,
  onWarning: (sentence: string) => void,
): Promise<ConnectionOptions> {
  const { brokers, clientId, requestWaitMsMax } = settings;
  const ssl = settings.tls && (await readTls(settings.tls));
  const authentication = settings.sasl && (await readSasl(settings.sasl));
  return {
    brokers,
    clientId,
    requestWaitMsMax,
    onWarning,
    ...(ssl ? { ssl } : {}),
    ...(authentication ? { sasl: authentication } : {}),
  };
}

async function readTls(
  tls: NonNullable<KafkaSettings['tls']>,
): Promise<NonNullable<ConnectionOptions['ssl']>> {
  const ca = tls.caFile && (await readText(tls.caFile));
  const cert = tls.certificateFile && (await readText(tls.certificateFile));
  const key = tls.keyFile && (await readText(tls.keyFile));
  return {
    rejectUnauthorized: true,
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
  };
}

async function readSasl(
  settings: NonNullable<KafkaSettings['sasl']>,
): Promise<NonNullable<ConnectionOptions['sasl']>> {
  if (settings.mechanism !== 'oauthbearer') {
    const password = (await readText(settings.passwordFile)).trim();
    const { mechanism, username } = settings;
    switch (mechanism) {
      case 'plain':
        return { mechanism, username, password };
      case 'scram-sha-256':
        return { mechanism, username, password };
      case 'scram-sha-512':
        return { mechanism, username, password };
    }
  }
  const { tokenUrl, clientId, clientSecretFile, scope } = settings;
  const oauthBearerProvider = async (): Promise<{ value: string }> => {
    // Read each time, so that a rotated secret is taken up without a restart.
    const secret = (await readText(clientSecretFile)).trim();
    const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`);
    const answer = await fetch(tokenUrl, {
      method: 'POST',
      headers: { authorization: `Basic ${basic.toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        ...(scope === undefined ? {} : { scope }),
      }),
      signal: AbortSignal.timeout(TOKEN_WAIT_MS_MAX),
    });
    if (!answer.ok) throw new Error(`The token endpoint answered ${answer.status}.`);
    const token = tokenAnswer.safeParse(await answer.json());
    if (!token.success) throw new Error('The token endpoint gave no access token.');
    return { value: token.data.access_token };
  };
  return { mechanism: 'oauthbearer', oauthBearerProvider };
}

const tokenAnswer = z.object({ access_token: z.string().min(1) });

const TOKEN_WAIT_MS_MAX = 10_000;

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new EventLogError('EVENT_LOG_INVALID', `the file ${path} cannot be read`, cause);
  }
}
