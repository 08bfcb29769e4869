import { describe, expect, it } from 'vitest';
import { createPolicyAnnouncer } from '../../../collector/announce-policy.ts';
import { createCollectorMetrics } from '../../../collector/metrics.ts';
import { createSpanNumbering } from '../../../collector/number-spans.ts';
import { packMessages } from '../../../collector/pack-messages.ts';
import { createRewriters } from '../../../collector/rewrite-for-producer.ts';
import { createTenantPolicies } from '../../../registry/tenant-policies.ts';
import { decodeTraces } from '../../../otlp/decode-traces.ts';
import { tracesJsonToProtobuf } from '../../../otlp/json-to-protobuf.ts';
import { applyKeyVersion, applyRegistry } from '../../../registry/apply.ts';
import type { ProducerCredential } from '../../../registry/credentials.ts';
import { parseRegistry } from '../../../registry/document.ts';
import type { KeyRing } from '../../../registry/key-ring.ts';
import { ringOf } from '../../../registry/key-ring.ts';
import { decodeRegistryEvent } from '../../../schemas/avro-codec.ts';
import { topics } from '../../../schemas/topics.ts';
import { memoryEventLog } from '../../support/memory-event-log.ts';
import { otlpJson } from '../../support/otlp-json.ts';

const ring = ringOf(Buffer.alloc(32, 7));
const rotated: KeyRing = {
  ...ring,
  rotated: new Map([['acme', new Map([[2, Buffer.alloc(32, 9)]])]]),
};
const producer: ProducerCredential = {
  keyId: 'k',
  sha256: '',
  tenant: 'acme',
  use: 'producer',
  producer: 'app',
  trust: 'application',
};

const detectors = (pattern: string, match: string) => `
redaction:
  detectors:
    - { id: emp, class: national_id, pattern: '${pattern}', examples: { matches: ['${match}'] } }
`;

async function fixture(keys: KeyRing = ring) {
  const log = memoryEventLog();
  const change = { log, tenant: 'acme', keys, actor: null, clock: () => 1_795_219_200_000 };
  const apply = async (yaml: string) => applyRegistry({ ...change, document: parseRegistry(yaml) });
  const policies = createTenantPolicies(log, keys);
  await policies.catchUp();
  const metrics = createCollectorMetrics();
  const rewrite = createRewriters(policies, 2, metrics).traces;
  const send = (attributes: Readonly<Record<string, string>>) =>
    rewrite(producer, request(attributes));
  return { log, change, apply, policies, metrics, send };
}

function request(attributes: Readonly<Record<string, string>>): Uint8Array {
  const span = {
    traceId: 'ca0a7e00000000000000000000000001',
    spanId: 'ca0a7e0000000001',
    name: 'tools/call pay',
    kind: 3,
    startMs: 1,
    endMs: 2,
    attributes,
  };
  return tracesJsonToProtobuf(
    otlpJson({ scope: { name: 't', version: '1' }, resource: {}, spans: [span] }),
  );
}

function attributesIn(parts: readonly { readonly bytes: Uint8Array }[]) {
  const [span] = parts.flatMap(({ bytes }) => decodeTraces(bytes));
  return span?.attributes ?? new Map<string, unknown>();
}

describe('policies of tenants', () => {
  it('hold from the moment that the collector has read them, and are named by what they made', async () => {
    const { apply, policies, send } = await fixture();
    const before = send({ note: 'EMP-123456' });
    expect(attributesIn(before.parts).get('note')).toBe('EMP-123456');
    expect(before.parts.map(({ policy }) => policy)).toEqual([undefined]);
    await apply(detectors('EMP-[0-9]{6}', 'EMP-000000'));
    await policies.catchUp();
    const after = send({ note: 'EMP-123456' });
    expect(attributesIn(after.parts).get('note')).toMatch(/^\[NATIONAL_ID:k1:[0-9a-f]{24}\]$/);
    expect(attributesIn(after.parts).get('waybill.receipts')).toContain(
      '"rule":"own:emp","path":"note","count":1,"action":"token","class":"national_id","key":1,"tokens":["[NATIONAL_ID:k1:',
    );
    expect(after.parts.map(({ policy }) => policy)).toEqual(['1']);
  });

  it("are one tenant's own", async () => {
    const { apply, policies, send, log } = await fixture();
    await apply(detectors('EMP-[0-9]{6}', 'EMP-000000'));
    await policies.catchUp();
    expect(policies.inForce('other').version).toBeUndefined();
    const redactor = policies.inForce('other').redactor;
    expect(redactor.redactValue('note', Buffer.from('EMP-123456'))).toBeNull();
    expect(send({ note: 'EMP-123456' }).parts[0]?.policy).toBe('1');
    expect(log.messages(topics.registry)).toHaveLength(2);
  });

  it('count what was replaced by class and action', async () => {
    const { apply, policies, send, metrics } = await fixture();
    await apply(detectors('EMP-[0-9]{6}', 'EMP-000000'));
    await policies.catchUp();
    send({ note: 'EMP-123456 EMP-123457', other: 'EMP-123458' });
    expect(metrics.render()).toContain(
      'waybill_collector_redactions_total{class="national_id",action="token"} 3',
    );
  });

  it('make tokens by the key version in force, and refuse everything while its file is missing', async () => {
    const { apply, change, policies, send } = await fixture(rotated);
    await apply(detectors('EMP-[0-9]{6}', 'EMP-000000'));
    await policies.catchUp();
    expect(attributesIn(send({ note: 'EMP-123456' }).parts).get('note')).toContain(':k2:');
    const without = createTenantPolicies(change.log, ring);
    await without.catchUp();
    expect(() => without.inForce('acme')).toThrow('restore it');
    expect(without.inForce('other').version).toBeUndefined();
    expect(await applyKeyVersion(change)).toEqual([]);
  });

  it('drop a value on which a detector fails, with a receipt, and never store it', async () => {
    const { apply, policies, send } = await fixture();
    await apply(detectors('a|a[a]*b', 'a'));
    await policies.catchUp();
    const long = `secret-value ${'a'.repeat(20_000)}`;
    const { parts, accepted } = send({ note: long, ok: 'xyz' });
    expect(accepted).toBe(1);
    expect(attributesIn(parts).get('note')).toBe('[DROPPED:engine_failure]');
    expect(attributesIn(parts).get('waybill.receipts')).toContain('"rule":"engine_failure"');
    expect(Buffer.concat(parts.map(({ bytes }) => bytes)).includes('secret-value')).toBe(false);
  });
});

describe('messages under policies', () => {
  it('never mix two policies, and say which was in force', () => {
    const part = (policy: string | undefined) => ({
      partition: 0,
      key: null,
      bytes: Buffer.from('x'),
      items: 1,
      ...(policy === undefined ? {} : { policy }),
    });
    const messages = packMessages(
      [
        { producer, signal: 'traces', parts: [part(undefined), part('4')] },
        { producer, signal: 'traces', parts: [part('4'), part('9')] },
      ],
      1000,
      createSpanNumbering().startGroup(),
    );
    expect(messages.map(({ headers }) => [headers['policy'], headers['spans']])).toEqual([
      [undefined, '1'],
      ['4', '2'],
      ['9', '1'],
    ]);
  });

  it('bring an event with the first of them that a policy made, and with no other', async () => {
    const { log, policies } = await fixture();
    const announce = createPolicyAnnouncer(
      (...told) => policies.isAnnounced(...told),
      () => 5,
    );
    const submission = { producer, parts: [{ policy: '4' }] };
    const first = announce([submission, submission]);
    const again = announce([submission]);
    expect(first.messages).toHaveLength(1);
    expect(again.messages).toHaveLength(1);
    const event = decodeRegistryEvent(first.messages[0]?.value ?? Buffer.alloc(0));
    expect(event).toMatchObject({ type: 'redaction_in_force', tenant: 'acme', timeUs: 5000 });
    expect(JSON.parse(event.body)).toEqual({ policy: 4, stage: 'values' });
    first.committed();
    expect(announce([submission]).messages).toEqual([]);
    await log.append(first.messages);
    await policies.catchUp();
    const later = createPolicyAnnouncer(
      (...told) => policies.isAnnounced(...told),
      () => 6,
    );
    expect(later([submission]).messages).toEqual([]);
  });
});
