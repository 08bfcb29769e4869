import { describe, expect, it } from 'vitest';
import { applyKeyVersion, applyRegistry } from '../../../registry/apply.ts';
import { parseRegistry } from '../../../registry/document.ts';
import { RegistryError } from '../../../registry/errors.ts';
import type { KeyRing } from '../../../registry/key-ring.ts';
import { principalIdsOf, ringOf } from '../../../registry/key-ring.ts';
import { loadRegistry } from '../../../registry/read-events.ts';
import { redactionOf, teamOf } from '../../../registry/view.ts';
import { topics } from '../../../schemas/topics.ts';
import { memoryEventLog } from '../../support/memory-event-log.ts';

const ring = ringOf(Buffer.alloc(32, 7));
const rotated: KeyRing = {
  ...ring,
  rotated: new Map([['acme', new Map([[2, Buffer.alloc(32, 9)]])]]),
};

function fixture() {
  const log = memoryEventLog();
  const change = { log, tenant: 'acme', keys: ring, actor: null, clock: () => 1_795_219_200_000 };
  const apply = async (yaml: string, keys = ring) =>
    applyRegistry({ ...change, keys, document: parseRegistry(yaml) });
  return { log, change, apply };
}

const policy = `
redaction:
  rules:
    - { classes: [email], action: mask, fields: ['*.customer.*'] }
    - { classes: [date, place], action: drop, classifications: [PHI] }
  detectors:
    - id: employee-number
      class: national_id
      pattern: 'EMP-[0-9]{6}'
      context: [employee]
      examples: { matches: ['employee EMP-481516'], ignores: ['EMP-481516', 'employee EMP-12'] }
`;

function mistakes(yaml: string): readonly string[] {
  try {
    parseRegistry(yaml);
  } catch (error) {
    if (error instanceof RegistryError) return error.mistakes.map((m) => `${m.path}: ${m.message}`);
    throw error;
  }
  return [];
}

describe('a redaction policy', () => {
  it('is applied as an event, in force for its tenant from its offset on', async () => {
    const { log, apply } = fixture();
    expect(await apply(policy)).toEqual(['registry_applied', 'redaction_applied']);
    const view = await loadRegistry(log);
    expect(redactionOf(view, 'acme')).toEqual({
      version: 1,
      policy: {
        rules: [
          {
            classes: ['email'],
            action: 'mask',
            fields: ['*.customer.*'],
            classifications: null,
            servers: null,
          },
          {
            classes: ['date', 'place'],
            action: 'drop',
            fields: null,
            classifications: ['PHI'],
            servers: null,
          },
        ],
        detectors: [
          {
            id: 'employee-number',
            class: 'national_id',
            pattern: 'EMP-[0-9]{6}',
            ignoreCase: false,
            context: ['employee'],
            validator: 'none',
          },
        ],
        keyVersion: 1,
      },
    });
    expect(redactionOf(view, 'other').version).toBeNull();
    expect(await apply(policy)).toEqual([]);
  });

  it('stays when a later document says nothing of it', async () => {
    const { log, apply } = fixture();
    await apply(policy);
    await apply('teams: [{ id: a }]');
    expect(redactionOf(await loadRegistry(log), 'acme').version).toBe(1);
  });

  it('leaves its examples, which may be real values, out of the log', async () => {
    const { log, apply } = fixture();
    await apply(policy);
    const bytes = log.messages(topics.registry).map(({ value }) => Buffer.from(value ?? []));
    expect(Buffer.concat(bytes).includes('481516')).toBe(false);
  });

  it('names the example that a detector fails on, and does not repeat it', () => {
    const told = mistakes(policy.replace("EMP-481516']", "EMPX481516']"));
    expect(told).toEqual([
      'redaction.detectors[0].examples.matches[0]: is not found by the detector',
    ]);
    const found = mistakes(policy.replace("'EMP-481516', ", "'Employee: EMP-481516', "));
    expect(found).toEqual(['redaction.detectors[0].examples.ignores[0]: is found by the detector']);
  });

  it.each([
    ['classes: [card_verification], action: keep', 'may only be dropped'],
    ['classes: [email, password], action: token', 'may only be dropped'],
    ['classes: [card], action: keep', 'never stored readable'],
    ['classes: [card], action: token, fields: [a]', 'both truncated and tokenised'],
    ['classes: [card], action: token, classifications: [pci]', 'both truncated and tokenised'],
    ['classes: [email], action: keep, servers: [crm]', 'cannot keep'],
    ['classes: [emial], action: drop', 'must be * or one of card,'],
    ['classes: [email], action: encrypt', 'must be one of keep, mask'],
    ['classes: [email], action: drop, field: [a]', 'nrecognized key'],
    ['classes: [], action: drop', 'empty list'],
  ])('{ %s } is refused', (rule, why) => {
    const told = mistakes(`redaction: { rules: [{ ${rule} }] }`);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^redaction\.rules\[0\]/);
    expect(told[0]).toContain(why);
  });

  it('may tokenise cards everywhere', () => {
    expect(mistakes('redaction: { rules: [{ classes: [card], action: token }] }')).toEqual([]);
    expect(mistakes("redaction: { rules: [{ classes: ['*'], action: token }] }")).toEqual([]);
  });

  it.each([
    ["pattern: '(?=x)y'", 'look-around'],
    ["pattern: 'a*'", 'fits a text of nothing'],
    ["pattern: '(b'", 'never closed'],
  ])('a detector with { %s } is refused', (pattern, why) => {
    const told = mistakes(policy.replace("pattern: 'EMP-[0-9]{6}'", pattern));
    expect(told).toEqual([expect.stringContaining(why)]);
    expect(told[0]).toMatch(/^redaction\.detectors\[0\]\.pattern/);
  });
});

describe('a rotated key', () => {
  it('comes into force by an event, once, with what was declared before', async () => {
    const { log, change, apply } = fixture();
    await apply(policy);
    expect(await applyKeyVersion(change)).toEqual([]);
    expect(await applyKeyVersion({ ...change, keys: rotated })).toEqual(['redaction_applied']);
    expect(await applyKeyVersion({ ...change, keys: rotated })).toEqual([]);
    const { policy: inForce } = redactionOf(await loadRegistry(log), 'acme');
    expect(inForce.keyVersion).toBe(2);
    expect(inForce.rules).toHaveLength(2);
  });

  it('leaves each person a member of the team under every version', async () => {
    const { log, apply } = fixture();
    await apply('teams: [{ id: a, members: [ana@example.com] }]', rotated);
    const view = await loadRegistry(log);
    const ids = principalIdsOf(rotated, 'acme', 'ana@example.com');
    expect(ids).toHaveLength(2);
    for (const user of ids) expect(teamOf(view, 'acme', { user, agent: null })).toBe('a');
  });

  it('leaves each person in the team when a key is rotated without the document, but nobody who was forgotten', async () => {
    const { log, change, apply } = fixture();
    await apply('teams: [{ id: a, members: [ana@example.com, ben@example.com] }]');
    const [ben = ''] = principalIdsOf(ring, 'acme', 'ben@example.com');
    await log.append([
      { topic: topics.directory, partition: 0, key: `acme/${ben}`, headers: {}, value: null },
    ]);
    expect(await applyKeyVersion({ ...change, keys: rotated })).toEqual([
      'registry_applied',
      'redaction_applied',
    ]);
    const view = await loadRegistry(log);
    const teamsOf = (name: string) =>
      principalIdsOf(rotated, 'acme', name).map((user) =>
        teamOf(view, 'acme', { user, agent: null }),
      );
    expect(teamsOf('ana@example.com')).toEqual(['a', 'a']);
    expect(teamsOf('ben@example.com')).toEqual(['a', null]);
    expect(await applyKeyVersion({ ...change, keys: rotated })).toEqual([]);
  });
});
