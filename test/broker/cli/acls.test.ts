import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  ResourcePatternTypes,
  logLevel,
} from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { run } from '../../../cli/main.ts';
import { paintFor } from '../../../cli/render/paint.ts';
import { roleAccess } from '../../../cli/role-access.ts';
import type { RoleName } from '../../../cli/role-starts.ts';
import { logRoleNames } from '../../../cli/role-starts.ts';
import type { EventLog } from '../../../event-log/event-log.ts';
import { kafkaSettingsSchema } from '../../../event-log/kafka/settings.ts';
import { topics } from '../../../schemas/topics.ts';
import { startFakeHec } from '../../support/fake-hec.ts';
import type { Deployment } from '../../support/kafka/deployment.ts';
import { startDeployment } from '../../support/kafka/deployment.ts';
import { openForeignTopics, foreignSpans, otlpProto } from '../../support/kafka/foreign-spans.ts';
import { openTestLog } from '../../support/kafka/fresh-log.ts';
import type { Brokers } from '../../support/kafka/start-brokers.ts';
import { startBrokers } from '../../support/kafka/start-brokers.ts';
import { loopbackCertificate, loopbackKey } from '../../support/loopback-certificate.ts';
import { otlpJson } from '../../support/otlp-json.ts';

const FOREIGN = 'upstream.otlp_spans';

/** A broker that allows nobody anything but its administrator, who comes in by the other listener. */
describe('what each role is allowed on Kafka', () => {
  let folder: string;
  let brokers: Brokers;
  let deployment: Deployment;
  let configFile: string;
  let foreign: Awaited<ReturnType<typeof openForeignTopics>>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-acls-'));
    writeFileSync(join(folder, 'server.pem'), loopbackKey + loopbackCertificate);
    writeFileSync(join(folder, 'ca.pem'), loopbackCertificate);
    const users = [...logRoleNames, 'stranger'].map((role) => {
      writeFileSync(join(folder, `${role}.password`), `${role}-secret`);
      return `user_waybill-${role}="${role}-secret"`;
    });
    brokers = await startBrokers({
      nodes: 1,
      secure: {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS',
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.sasl_ssl.ssl.keystore.type': 'PEM',
        'listener.name.sasl_ssl.ssl.keystore.location': join(folder, 'server.pem'),
        'listener.name.sasl_ssl.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${users.join(' ')};`,
      },
    });
    deployment = await startDeployment(brokers.addresses, 2);
    foreign = await openForeignTopics(brokers.addresses, [FOREIGN]);
    configFile = join(folder, 'waybill.yaml');
    const { topicPrefix, stateDirectory } = deployment.fresh.settings;
    const kafka = { brokers: [...brokers.addresses], topicPrefix, stateDirectory };
    const collector = { foreignTopics: [{ topic: FOREIGN, encoding: 'otlp_proto' }] };
    writeFileSync(configFile, stringify({ common: { kafka, partitions: 2 }, collector }));
  });
  afterAll(async () => {
    await foreign.close();
    await deployment.stop();
    await brokers.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** How a role's settings say who it is. */
  function as(who: string): readonly string[] {
    return [
      `kafka.brokers=${JSON.stringify(brokers.secureAddresses)}`,
      `kafka.tls.caFile=${join(folder, 'ca.pem')}`,
      'kafka.sasl.mechanism=plain',
      `kafka.sasl.username=waybill-${who}`,
      `kafka.sasl.passwordFile=${join(folder, `${who}.password`)}`,
    ];
  }

  function logAs(who: string): Promise<EventLog> {
    const settings = kafkaSettingsSchema.parse({
      ...deployment.fresh.settings,
      brokers: brokers.secureAddresses,
      stateDirectory: join(folder, 'state', who),
      tls: { caFile: join(folder, 'ca.pem') },
      sasl: {
        mechanism: 'plain',
        username: `waybill-${who}`,
        passwordFile: join(folder, `${who}.password`),
      },
    });
    return openTestLog(settings, 2);
  }

  async function waybill(...more: string[]): Promise<{ code: number; text: string }> {
    const said: string[] = [];
    const terminal = {
      out: (line: string) => void said.push(line),
      note: (line: string) => void said.push(line),
      progress: () => undefined,
      paint: paintFor(false),
      environment: {},
    };
    const code = await run(['topics', '--config', configFile, '--acls', ...more], terminal);
    return { code, text: said.join('\n') };
  }

  test('is nothing at first, is told and made, and what goes beyond it is told too', async () => {
    await expect(logAs('collector')).rejects.toThrow(/EVENT_LOG_(DENIED|TOPICS_MISSING)/);
    const before = await waybill();
    expect(before.code).toBe(1);
    const spans = `${deployment.fresh.settings.topicPrefix}${topics.spans}`;
    expect(before.text).toContain(`  missing  User:waybill-collector  Write  topic ${spans}\n`);
    expect(before.text).toContain(`  missing  User:waybill-collector  Read  topic ${FOREIGN}\n`);
    const made = await waybill('--create');
    expect(made).toMatchObject({ code: 0 });
    await allow('User:waybill-siem-exporter', spans);
    const after = await waybill();
    expect(after.code).toBe(0);
    expect(after.text.split('\n').filter((line) => !line.endsWith('  as needed'))).toEqual([
      `  beyond need  User:waybill-siem-exporter  Read  topic ${spans}`,
    ]);
    await disallow('User:waybill-siem-exporter', spans);
    const commands = (await waybill('--print')).text;
    expect(commands).toContain(
      `kafka-acls.sh --bootstrap-server ${brokers.addresses[0]} --add --allow-principal 'User:waybill-ledger' ` +
        `--transactional-id '${deployment.fresh.settings.topicPrefix}waybill.ledger' --resource-pattern-type prefixed --operation Describe --operation Write`,
    );
  });

  test(
    'is enough: from a span, ours or foreign, to an answer and to the SIEM',
    { timeout: 300_000 },
    async () => {
      const hec = await startFakeHec();
      writeFileSync(join(folder, 'hec.token'), 'token');
      const credential = deployment.store.engine.credentials.reader;
      const topic = { topic: FOREIGN, tenant: 'default', producer: 'upstream', trust: 'gateway' };
      await deployment.start('key-keeper', 'keys');
      const collector = await deployment.start('collector', 'collector', [
        ...as('collector'),
        `foreignTopics=${JSON.stringify([{ ...topic, encoding: 'otlp_proto' }])}`,
      ]);
      await deployment.start('enricher', 'enricher', as('enricher'));
      await deployment.start('ledger', 'ledger', as('ledger'));
      const api = await deployment.start('query-api', 'query-api', as('query-api'));
      await deployment.start('siem-exporter', 'siem-exporter', [
        ...as('siem-exporter'),
        `hecUrl=${hec.url}`,
        `hecTokenFile=${join(folder, 'hec.token')}`,
        `storeUrl=${deployment.store.engine.url}`,
        `storePasswordFile=${credential.passwordFile}`,
        'tenants=[default]',
      ]);
      const nowMs = Date.now();
      const span = {
        traceId: 'ab'.repeat(16),
        spanId: 'cd'.repeat(8),
        name: 'tools/call lookup',
        kind: 3,
        startMs: nowMs - 100,
        endMs: nowMs,
        attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'allowed' },
      };
      const sent = await fetch(`${collector.addresses['otlpHttp']}/v1/traces`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${deployment.producerKey}`,
        },
        body: otlpJson({ resource: { 'service.name': 'acls' }, spans: [span] }),
      });
      expect(sent.status).toBe(200);
      await foreign.write(FOREIGN, [{ partition: 1, value: otlpProto(foreignSpans(3, 9)) }]);
      const counts = async () => {
        const url = `${api.addresses['queryApi']}/v1/counts?by=tool`;
        const headers = { authorization: `Bearer ${deployment.auditorKey}` };
        return (await fetch(url, { headers })).text();
      };
      await expect.poll(counts, { timeout: 120_000 }).toMatch('allowed');
      const lag = async () => {
        const headers = { authorization: `Bearer ${deployment.auditorKey}` };
        const url = `${api.addresses['queryApi']}/v1/reconciliation`;
        return (await fetch(url, { headers })).status;
      };
      expect(await lag()).toBe(200);
      await expect.poll(() => hec.indexed.length, { timeout: 90_000 }).toBeGreaterThan(0);
      await hec.close();
    },
  );

  test.each(logRoleNames)(
    'is all that %s can do: other topics and owners are refused',
    async (role) => {
      const log = await logAs(role);
      const { reads, appends, owns } = roleAccess[role];
      const refused = { code: 'EVENT_LOG_DENIED' };
      for (const topic of Object.values(topics)) {
        const place = { topic, partition: 0 };
        if (!appends.includes(topic)) {
          const message = { ...place, key: 'k', headers: {}, value: Buffer.from('planted') };
          await expect(log.append([message]), `append ${topic}`).rejects.toMatchObject(refused);
        }
        if (!reads.includes(topic)) {
          const read = log.read(
            { ...place, offset: 0 },
            { messagesMax: 1, bytesMax: 1000, waitMsMax: 0 },
          );
          await expect(read, `read ${topic}`).rejects.toMatchObject(refused);
        }
      }
      for (const other of ['enricher', 'ledger', 'siem-exporter'] satisfies RoleName[]) {
        if (other === owns) continue;
        await expect(log.openOwner(other, 0), `own ${other}`).rejects.toMatchObject(refused);
      }
      await log.close();
    },
  );

  async function withAdmin(work: (admin: ReturnType<Kafka['admin']>) => Promise<unknown>) {
    const kafka = new Kafka({ brokers: [...brokers.addresses], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await work(admin);
    await admin.disconnect();
  }

  const READ_TOPIC = {
    resourceType: AclResourceTypes.TOPIC,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    operation: AclOperationTypes.READ,
    permissionType: AclPermissionTypes.ALLOW,
  };

  async function allow(principal: string, resourceName: string): Promise<void> {
    await withAdmin((admin) =>
      admin.createAcls({ acl: [{ ...READ_TOPIC, principal, resourceName, host: '*' }] }),
    );
  }

  async function disallow(principal: string, resourceName: string): Promise<void> {
    await withAdmin((admin) =>
      admin.deleteAcls({ filters: [{ ...READ_TOPIC, principal, resourceName, host: '*' }] }),
    );
  }
});
