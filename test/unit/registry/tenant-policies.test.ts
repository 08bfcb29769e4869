import { describe, expect, it } from 'vitest';
import { applyRegistry } from '../../../registry/apply.ts';
import { parseRegistry } from '../../../registry/document.ts';
import { bringIntoForce } from '../../../registry/follow-keys.ts';
import type { KeyRing } from '../../../registry/key-ring.ts';
import { ringOf } from '../../../registry/key-ring.ts';
import { createTenantPolicies } from '../../../registry/tenant-policies.ts';
import { topics } from '../../../schemas/topics.ts';
import { memoryEventLog } from '../../support/memory-event-log.ts';

const master = Buffer.alloc(32, 7);
const second = new Map([['acme', new Map([[2, Buffer.alloc(32, 9)]])]]);

/** A ring that finds a second version when it looks for one. */
function growingRing(): KeyRing {
  const rotated = new Map<string, ReadonlyMap<number, Uint8Array>>();
  const refresh = async () => {
    for (const [tenant, versions] of second) rotated.set(tenant, versions);
  };
  return { master, rotated, refresh };
}

function fixture() {
  const log = memoryEventLog();
  const clock = () => 1_795_219_200_000;
  const apply = (yaml: string, keys: KeyRing) =>
    applyRegistry({
      log,
      tenant: 'acme',
      keys,
      actor: null,
      clock,
      document: parseRegistry(yaml),
    });
  return { log, clock, apply };
}

const emailOf = (policies: ReturnType<typeof createTenantPolicies>): string => {
  const { redactor } = policies.inForce('acme');
  return String(redactor.redactValue('note', Buffer.from('ana@example.com'))?.replacement);
};

describe('policies of tenants', () => {
  it('come with a key version whose file is looked for when they name it', async () => {
    const { log, apply } = fixture();
    await apply('redaction: { rules: [] }', { ...ringOf(master), rotated: second });
    const policies = createTenantPolicies(log, growingRing());
    await policies.catchUp();
    expect(policies.keyVersion('acme')).toBe(2);
    expect(emailOf(policies)).toContain('[EMAIL:k2:');
  });

  it('cannot be carried out without the file of their key version', async () => {
    const { log, apply } = fixture();
    await apply('redaction: { rules: [] }', { ...ringOf(master), rotated: second });
    const policies = createTenantPolicies(log, ringOf(master));
    await policies.catchUp();
    expect(() => policies.inForce('acme')).toThrow('acme.v2.key: the file of a key version');
    expect(policies.inForce('other').version).toBeUndefined();
  });

  it('take a new key version into force while they are followed, once', async () => {
    const { log, clock } = fixture();
    const keys = growingRing();
    const policies = createTenantPolicies(log, keys);
    await policies.catchUp();
    expect(emailOf(policies)).toContain('[EMAIL:k1:');
    await bringIntoForce({ log, keys, policies, clock });
    await bringIntoForce({ log, keys, policies, clock });
    await policies.catchUp();
    expect(emailOf(policies)).toContain('[EMAIL:k2:');
    await bringIntoForce({ log, keys, policies, clock });
    expect(log.messages(topics.registry)).toHaveLength(1);
  });
});
