import { describe, expect, it } from 'vitest';
import { applyPolicy } from '../../../enricher/apply-policy.ts';
import type { KeyRing } from '../../../registry/key-ring.ts';
import { ringOf, rotatedKey } from '../../../registry/key-ring.ts';
import { classToken } from '../../../redaction/class-token.ts';
import { applyRegistryEvent, emptyRegistry } from '../../../registry/view.ts';
import type { AuditRecord, RegistryEventType } from '../../../schemas/record-types.ts';
import { factsOf, recordOf as madeRecord } from '../query-api/made-records.ts';

const keys = ringOf(Buffer.alloc(32, 7));

function registryWith(dataClassification: string | null, rules: readonly object[] = []) {
  const server = { name: 'ehr', owner: null, team: null, status: 'active', approvedTools: null };
  const servers = [{ ...server, dataClassification }];
  const event = (type: RegistryEventType, body: object) => ({
    eventId: 'e',
    tenant: 'default',
    type,
    timeUs: 0,
    actor: null,
    digest: null,
    body: JSON.stringify(body),
  });
  const declared = event('registry_applied', { teams: [], agents: [], servers });
  const policy = event('redaction_applied', { rules, detectors: [], keyVersion: 1 });
  const view = applyRegistryEvent(emptyRegistry(), declared, 4);
  return rules.length === 0 ? view : applyRegistryEvent(view, policy, 9);
}

function recordOf(payload: string, more: Partial<AuditRecord['facts']> = {}): AuditRecord {
  const value = Buffer.from(payload);
  const field = {
    name: 'arguments',
    mediaType: 'application/json',
    value,
    encoding: 'identity',
    keyId: null,
    bytes: value.length,
    digest: '',
    truncated: false,
  };
  return madeRecord({
    callId: 'c'.repeat(32),
    tenant: 'default',
    facts: factsOf({ server: 'ehr', ...more }),
    payload: [field],
  });
}

function textOf(record: AuditRecord): string {
  return Buffer.from(record.payload[0]?.value ?? []).toString();
}

const health = JSON.stringify({
  visit: { admitted: '2026-03-14', city: 'Freiburg', note: 'seen on March 3, 2026' },
  diagnosis: ['E11.9', 'I10'],
  ward: 7,
});

describe('the policy stage', () => {
  it.each(['elicitation/create', 'sampling/createMessage'])(
    'E5 treats what a person typed for a server as health data, whatever the server is declared to hold: %s',
    (method) => {
      const context = { registry: registryWith('internal'), keys };
      const typed = textOf(applyPolicy(recordOf(health, { method }), [], context));
      expect(typed).not.toContain('2026-03-14');
      expect(typed).not.toContain('E11.9');
      const called = textOf(applyPolicy(recordOf(health, { method: 'tools/call' }), [], context));
      expect(called).toContain('2026-03-14');
    },
  );

  it('drops dates and places and tokenises diagnoses of a server that holds health data', () => {
    const done = applyPolicy(recordOf(health), ['default'], {
      registry: registryWith('PHI'),
      keys,
    });
    const token = (value: string) => {
      const key = rotatedKey(keys, 'default', 'token', 1);
      return classToken({ version: 1, key }, 'diagnosis', value);
    };
    expect(JSON.parse(textOf(done))).toEqual({
      visit: {
        admitted: '[DROPPED:date]',
        city: '[DROPPED:place]',
        note: 'seen on [DROPPED:date]',
      },
      diagnosis: [token('E11.9'), token('I10')],
      ward: 7,
    });
    expect(done.facts.tokens).toEqual([token('E11.9'), token('I10')]);
    expect(done.facts.dataClasses).toEqual(['date', 'diagnosis', 'place']);
    expect(done.facts.redactions).toContain('place/field:place/drop');
    expect(done.facts.redactionPolicies).toEqual(['values@default', 'record@default']);
    expect(done.receipts).toContainEqual({
      rule: 'field:diagnosis',
      path: 'arguments',
      count: 1,
      action: 'token',
      dataClass: 'diagnosis',
      keyVersion: 1,
      tokens: [token('E11.9')],
    });
  });

  it.each([
    ['attributes by their last name', JSON.stringify({ 'patient.city': 'Freiburg' })],
    [
      'JSON in the text of an answer',
      JSON.stringify({ content: [{ type: 'text', text: JSON.stringify({ city: 'Freiburg' }) }] }),
    ],
    ['JSON in an attribute', JSON.stringify({ 'app.patient': '{"home":{"city":"Freiburg"}}' })],
    ['JSON that is encoded twice', JSON.stringify(JSON.stringify({ city: 'Freiburg' }))],
    ['JSON that was cut', '{"patient":{"city":"Freiburg","note":"wai'],
    ['JSON in an attribute that was cut', JSON.stringify({ 'app.patient': '{"city":"Freiburg' })],
    ['what Python prints', "{'name': 'A', 'city': 'Freiburg'}"],
  ])('drops the place of a server that holds health data out of %s', (_, payload) => {
    const context = { registry: registryWith('PHI'), keys };
    const done = textOf(applyPolicy(recordOf(payload), [], context));
    expect(done).not.toContain('Freiburg');
    expect(done).toContain('[DROPPED:place]');
    const elsewhere = { registry: registryWith('internal'), keys };
    expect(textOf(applyPolicy(recordOf(payload), [], elsewhere))).toBe(payload);
  });

  it('leaves texts of a server that holds health data that only look like JSON', () => {
    const context = { registry: registryWith('PHI'), keys };
    for (const text of ['[Filtered]', "{'ward': 7}", '{"ward":"{7"}', '"quoted"', '{"a":"[x"}']) {
      expect(textOf(applyPolicy(recordOf(text), [], context))).toBe(text);
    }
  });

  it('leaves other servers as they are, and says which policies were in force', () => {
    const record = recordOf(health);
    const done = applyPolicy(record, ['12', 'default', '12'], {
      registry: registryWith('internal'),
      keys,
    });
    expect(textOf(done)).toBe(health);
    expect(done.receipts).toEqual([]);
    expect(done.facts.redactionPolicies).toEqual(['values@12', 'values@default', 'record@default']);
  });

  it('drops what was to become a token where there are no keys', () => {
    const context = { registry: registryWith('phi'), keys: null };
    expect(textOf(applyPolicy(recordOf(health), [], context))).toContain('[DROPPED:diagnosis]');
  });

  it("carries out the tenant's rules for servers, on payload and on facts", () => {
    const rules = [
      { classes: ['email'], action: 'drop', fields: null, classifications: null, servers: ['ehr'] },
    ];
    const email = `[EMAIL:k1:${'ab'.repeat(12)}]`;
    const record = recordOf(JSON.stringify({ to: email }), { resource: `mail://${email}` });
    const done = applyPolicy(record, ['9'], { registry: registryWith(null, rules), keys });
    expect(textOf(done)).toBe('{"to":"[DROPPED:email]"}');
    expect(done.facts.resource).toBe('mail://[DROPPED:email]');
    expect(done.facts.redactionPolicies).toEqual(['values@9', 'record@9']);
  });

  it('never touches what the values stage made of sessions and people', () => {
    const session = `s_${'0a'.repeat(16)}`;
    const person = `p_${'0b'.repeat(16)}`;
    const payload = JSON.stringify({
      'mcp.session.id': session,
      user: { id: person },
      'user.id': person,
    });
    const done = applyPolicy(recordOf(payload), [], { registry: registryWith('phi'), keys });
    expect(textOf(done)).toBe(payload);
  });

  it('is not computed anew for each record of a server, and is for each registry', () => {
    const ring: KeyRing = ringOf(Buffer.alloc(32, 8));
    const before = applyPolicy(recordOf(health), [], { registry: registryWith(null), keys: ring });
    const after = applyPolicy(recordOf(health), [], { registry: registryWith('phi'), keys: ring });
    expect(textOf(before)).toBe(health);
    expect(textOf(after)).not.toBe(health);
  });
});
