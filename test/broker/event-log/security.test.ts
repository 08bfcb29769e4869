import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTopics } from '../../../event-log/kafka/open-topics.ts';
import { kafkaSettingsSchema } from '../../../event-log/kafka/settings.ts';
import { topics } from '../../../schemas/topics.ts';
import { openTestLog } from '../../support/kafka/fresh-log.ts';
import type { Brokers } from '../../support/kafka/start-brokers.ts';
import { startBrokers } from '../../support/kafka/start-brokers.ts';
import { loopbackCertificate, loopbackKey } from '../../support/loopback-certificate.ts';

const MODULES = 'org.apache.kafka.common.security';
const SECRET = 'correct-horse';

/** A broker that wants TLS and a name, and a token endpoint that gives unsigned tokens, which Kafka takes where told to. */
describe('TLS and authentication to Kafka', () => {
  let folder: string;
  let brokers: Brokers;
  let tokens: Server;
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-tls-'));
    brokers = await startBrokers({
      nodes: 1,
      format: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
        '--add-scram',
        `${mechanism}=[name=waybill,password=${SECRET}]`,
      ]),
      secure: {
        'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
        'listener.name.sasl_ssl.ssl.keystore.type': 'PEM',
        'listener.name.sasl_ssl.ssl.keystore.location': file(
          'server.pem',
          loopbackKey + loopbackCertificate,
        ),
        'listener.name.sasl_ssl.plain.sasl.jaas.config': `${MODULES}.plain.PlainLoginModule required user_waybill="${SECRET}";`,
        'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': `${MODULES}.scram.ScramLoginModule required;`,
        'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${MODULES}.scram.ScramLoginModule required;`,
        'listener.name.sasl_ssl.oauthbearer.sasl.jaas.config': `${MODULES}.oauthbearer.OAuthBearerLoginModule required;`,
      },
    });
    tokens = createServer((request, response) => {
      const basic = Buffer.from(`waybill:${SECRET}`).toString('base64');
      const isKnown = request.headers.authorization === `Basic ${basic}`;
      response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isKnown ? { access_token: unsignedToken() } : {}));
    });
    await once(tokens.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(async () => {
    tokens.close();
    await brokers.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const settingsOf = (sasl: object, more: object = {}) =>
    kafkaSettingsSchema.parse({
      brokers: brokers.secureAddresses,
      stateDirectory: join(folder, 'state'),
      topicPrefix: 'secure.',
      tls: { caFile: file('ca.pem', loopbackCertificate) },
      sasl,
      ...more,
    });
  const password = (secret: string): object => ({
    username: 'waybill',
    passwordFile: file(`password-${secret}`, `${secret}\n`),
  });
  const oauth = (secret: string): object => {
    const address = tokens.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const clientSecretFile = file(`client-${secret}`, secret);
    const tokenUrl = `http://127.0.0.1:${port}/token`;
    return { mechanism: 'oauthbearer', tokenUrl, clientId: 'waybill', clientSecretFile };
  };

  test.each(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'])(
    'appends, commits and reads by %s over TLS',
    async (mechanism) => {
      const sasl = mechanism === 'oauthbearer' ? oauth(SECRET) : { mechanism, ...password(SECRET) };
      const settings = settingsOf(sasl);
      const deployment = await openTopics(settings, 1);
      await deployment.create(1);
      await deployment.close();
      const log = await openTestLog(settings, 1);
      const value = Buffer.from(mechanism);
      const { end } = await log.range(topics.registry, 0);
      await log.append([{ topic: topics.registry, partition: 0, key: 't', headers: {}, value }]);
      const from = { topic: topics.registry, partition: 0, offset: end };
      const [read] = await log.read(from, { messagesMax: 1, bytesMax: 1000, waitMsMax: 5000 });
      expect(read?.value).toEqual(value);
      const owner = await log.openOwner('ledger-control', 0);
      await owner.commit({ positions: [{ ...from, offset: end + 1 }], appends: [], state: [] });
      expect((await log.inspect('ledger-control', 0)).position(topics.registry, 0)).toBe(end + 1);
      await log.close();
    },
  );

  test.each(['plain', 'scram-sha-512'])(
    'is refused with a wrong password by %s',
    async (mechanism) => {
      const wrong = settingsOf({ mechanism, ...password('wrong') });
      await expect(openTestLog(wrong, 1)).rejects.toMatchObject({ code: 'EVENT_LOG_DENIED' });
    },
  );

  test('does not trust a broker whose authority it was not told of', async () => {
    const settings = settingsOf({ mechanism: 'plain', ...password(SECRET) }, { tls: {} });
    await expect(openTestLog(settings, 1)).rejects.toThrow(/self-signed certificate/);
  });

  test('says which file of a secret cannot be read', async () => {
    const sasl = { mechanism: 'plain', username: 'waybill', passwordFile: '/nowhere' };
    await expect(openTestLog(settingsOf(sasl), 1)).rejects.toThrow(
      /EVENT_LOG_INVALID: the file \/nowhere cannot be read/,
    );
  });
});

function unsignedToken(): string {
  const nowS = Math.floor(Date.now() / 1000);
  const parts = [{ alg: 'none' }, { sub: 'waybill', iat: nowS, exp: nowS + 3600 }];
  const encoded = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return `${encoded.join('.')}.`;
}
