import { describe, expect, it } from 'vitest';
import { RegistryError } from '../../../registry/errors.ts';
import { parseRetention } from '../../../registry/retention-document.ts';

type Given = {
  readonly basis?: string;
  readonly header?: string;
  readonly payload?: string;
  readonly more?: string;
};

const one = ({
  basis = 'own',
  header = '{ floor: 6m, ceiling: 12m }',
  payload = '{ ceiling: 30d }',
  more = '',
}: Given = {}): string => `
retention:
  classes:
    - { id: logs, basis: ${basis}, header: ${header}, payload: ${payload}${more} }
  default: [logs]
`;

const two = (rules: string, decisions = '', payload = '{ ceiling: 30d }'): string => `
retention:
  classes:
    - { id: health, basis: hipaa, header: { floor: 6y, ceiling: 7y }, payload: { ceiling: 30d } }
    - { id: eu, basis: gdpr-security-log, header: { floor: 6m, ceiling: 12m }, payload: ${payload} }
  rules: ${rules}
  default: [eu]
  decisions: ${decisions || '[]'}
`;

/** Code and mistakes of a refusal; nothing where it is taken. */
function refusal(yaml: string): readonly string[] {
  try {
    parseRetention(yaml);
    return [];
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return [error.code, ...error.mistakes.map(({ path, message }) => `${path}: ${message}`)];
  }
}

describe('a retention policy', () => {
  it('is taken when nothing in it contradicts', () => {
    expect(refusal(one())).toEqual([]);
    expect(refusal(one({ header: '{ floor: 6m, ceiling: null }' }))).toEqual([]);
    expect(parseRetention(one()).classes[0]).toMatchObject({
      payload: { floor: '0d', ceiling: '30d' },
    });
  });

  it('is refused whose floor is above its ceiling', () => {
    expect(refusal(one({ header: '{ floor: 13m, ceiling: 12m }' }))).toEqual([
      'RETENTION_CONTRADICTS',
      'retention.classes[0].header.floor: 13m is longer than the ceiling 12m',
    ]);
    // Twelve months are the same as a year: no contradiction.
    expect(refusal(one({ header: '{ floor: 12m, ceiling: 1y }' }))).toEqual([]);
  });

  it('is refused that keeps a payload longer than its header', () => {
    const message =
      'retention.classes[0].payload.ceiling: is longer than the header’s: nothing would tell of it';
    expect(refusal(one({ payload: '{ ceiling: 13m }' }))).toEqual([
      'RETENTION_CONTRADICTS',
      message,
    ]);
    expect(refusal(one({ payload: '{ ceiling: null }' }))).toEqual([
      'RETENTION_CONTRADICTS',
      message,
    ]);
  });

  it('is refused that keeps for less than its basis asks', () => {
    expect(refusal(one({ basis: 'pci', header: '{ floor: 6m, ceiling: 12m }' }))).toEqual([
      'RETENTION_CONTRADICTS',
      'retention.classes[0].header.floor: pci asks for 12m at least (PCI DSS 4.0.1 10.5.1)',
    ]);
  });

  it('keeps longer than usual with a reason only, and never longer than a legal maximum', () => {
    const long = { basis: 'gdpr-security-log', header: '{ floor: 6m, ceiling: 24m }' };
    expect(refusal(one(long))[1]).toContain('longer than the usual 12m of gdpr-security-log');
    expect(refusal(one({ ...long, more: ', reason: internal control' }))).toEqual([]);
    const longest = { ...long, header: '{ floor: 40m, ceiling: 48m }', more: ', reason: because' };
    expect(refusal(one(longest)).slice(1)).toEqual([
      'retention.classes[0].header.floor: gdpr-security-log allows 36m at most (CNIL recommendation on logging, 2021)',
      'retention.classes[0].header.ceiling: gdpr-security-log allows 36m at most (CNIL recommendation on logging, 2021)',
    ]);
    expect(refusal(one({ ...long, header: '{ floor: 6m, ceiling: null }' }))).toHaveLength(2);
  });

  it('is refused where two classes can meet on a record and a person has not decided', () => {
    const apart =
      '[{ class: health, servers: [ehr], regions: [us] }, { class: eu, regions: [eu] }]';
    expect(refusal(two(apart))).toEqual([]);
    const meet = '[{ class: health, servers: [ehr] }, { class: eu, regions: [eu] }]';
    expect(refusal(two(meet))[1]).toContain('health and eu can meet on one record');
    const decision = (ids: string): string =>
      `[{ classes: ${ids}, part: header, ceiling: 6y, reason: care, decidedBy: dpo }]`;
    expect(refusal(two(meet, decision('[eu, health]')))).toEqual([]);
  });

  it('is refused where two payloads of one trace contradict each other', () => {
    const apart = '[{ class: health, servers: [ehr], regions: [us] }]';
    const yaml = two(apart, '', '{ floor: 60d, ceiling: 90d }');
    expect(refusal(yaml)[1]).toContain('health and eu can meet in one trace');
  });

  it('is refused whose decision decides nothing', () => {
    const rules = '[{ class: health, servers: [ehr] }]';
    const decisions =
      '[{ classes: [health, eu], part: payload, ceiling: 30d, reason: r, decidedBy: d }]';
    expect(refusal(two(rules, decisions))[1]).toContain('nothing is to be decided');
  });

  it('is refused that names a class that is not there, twice or never', () => {
    const yaml = `
retention:
  classes:
    - { id: a, basis: own, header: { ceiling: 1y }, payload: { ceiling: 30d } }
    - { id: a, basis: own, header: { ceiling: 1y }, payload: { ceiling: 30d } }
    - { id: b, basis: own, header: { ceiling: 1y }, payload: { ceiling: 30d } }
  rules: [{ class: c }]
  default: [a]
`;
    expect(refusal(yaml)).toEqual([
      'RETENTION_CONTRADICTS',
      'retention.classes[1].id: there is a class a already',
      'retention.classes[2].id: no rule and no default names b',
      'retention.rules[0].class: there is no class c',
    ]);
  });

  it('drops no header while revisions of it may come', () => {
    const yaml = one({ header: '{ ceiling: 7d }', payload: '{ ceiling: 7d }' });
    expect(refusal(yaml)[1]).toContain('under 8 days');
  });

  it.each([
    ['no policy', 'teams: []'],
    ['a misspelt member', one({ more: ', celing: 3d' })],
    ['a period without a unit', one({ payload: '{ ceiling: 30 }' })],
    ['a period of weeks', one({ payload: '{ ceiling: 3w }' })],
    ['an unknown basis', one({ basis: 'gdpr' })],
    ['no default', 'retention: { classes: [] }'],
    ['no YAML', 'retention: [}'],
    ['a kind that is none', two('[{ class: health, kinds: [calls] }]')],
  ])('that is %s is not well-formed', (_, yaml) => {
    expect(refusal(yaml)[0]).toBe('REGISTRY_DOCUMENT_INVALID');
  });
});
