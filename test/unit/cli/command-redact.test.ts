import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../cli/main.ts';
import { paintFor } from '../../../cli/render/paint.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-redact-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function redact(text: string, ...argv: string[]) {
  const file = join(folder, 'input');
  await writeFile(file, text);
  const said: string[] = [];
  const terminal = {
    out: (line: string) => said.push(line),
    note: (line: string) => said.push(line),
    progress: () => undefined,
    paint: paintFor(false),
    environment: {},
  };
  const code = await run(['redact', file, ...argv], terminal);
  return { code, said };
}

async function policyFile(yaml: string): Promise<string> {
  const file = join(folder, 'registry.yaml');
  await writeFile(file, yaml);
  return file;
}

const policy = `
redaction:
  rules:
    - { classes: [email], action: keep, fields: ['support.*'] }
    - { classes: [phone], action: drop }
  detectors:
    - { id: employee, class: national_id, pattern: 'EMP-[0-9]{6}', context: [employee], examples: { matches: ['employee EMP-000000'] } }
`;

describe('waybill redact', () => {
  it('prints a text as it would be stored', async () => {
    const { code, said } = await redact('mail ana@example.com, card 4111111111111111\n');
    expect(code).toBe(0);
    expect(said).toEqual([
      expect.stringMatching(/^mail \[EMAIL:k1:[0-9a-f]{24}\], card 411111\*{6}1111$/),
    ]);
  });

  it('tells findings by type, place and rule, and never a value', async () => {
    const text = 'ünïcode 😀 ana@example.com';
    const { said } = await redact(text, '--findings');
    const [finding] = said.map((line) => JSON.parse(line) as { start: number; end: number });
    expect(finding).toMatchObject({
      type: 'email',
      rule: 'email',
      tier: 'certain',
      action: 'token',
    });
    expect(text.slice(finding?.start, finding?.end)).toBe('ana@example.com');
    expect(said.join()).not.toContain('ana@');
  });

  it('tries a policy with its own detectors', async () => {
    const file = await policyFile(policy);
    const text = 'employee EMP-123456, mail ana@example.com, phone +49 30 90182047';
    const open = await redact(text, '--policy', file, '--key', 'support.note');
    expect(open.said[0]).toMatch(
      /^employee \[NATIONAL_ID:k1:\w+\], mail ana@example.com, phone \[PHONE\]$/,
    );
    const found = await redact(text, '--policy', file, '--findings');
    expect(found.said.map((line) => (JSON.parse(line) as { rule: string }).rule)).toEqual([
      'own:employee',
      'email',
      'phone:international',
    ]);
  });

  it('tells places in each string of OTLP JSON, and leaves its ids', async () => {
    const span = {
      traceId: 'ca0a7e00000000000000000000004242',
      name: 'pay 4111111111111111',
      attributes: [
        {
          key: 'arguments',
          value: { kvlistValue: { values: [{ key: 'ssn', value: { stringValue: '536228741' } }] } },
        },
      ],
    };
    const document = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
    const { said } = await redact(JSON.stringify(document), '--findings');
    expect(said.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { path: '/resourceSpans/0/scopeSpans/0/spans/0/name', type: 'card', start: 4, end: 20 },
      { type: 'national_id', start: 0, end: 9 },
    ]);
    const printed = await redact(JSON.stringify(document));
    expect(printed.said[0]).toContain('"traceId": "ca0a7e00000000000000000000004242"');
    expect(printed.said[0]).not.toMatch(/4111111111111111|536228741/);
  });

  it('shows what is published of a server that holds health data', async () => {
    const text = '{"city":"Lyon","note":"seen on 2026-03-14"}';
    expect((await redact(text)).said).toEqual([text]);
    const { said } = await redact(text, '--classification', 'phi');
    expect(said).toEqual(['{"city":"[DROPPED:place]","note":"seen on [DROPPED:date]"}']);
  });

  it('takes each line as a text of its own when told', async () => {
    const { said } = await redact('a\nmail ana@example.com\n', '--lines', '--findings');
    expect(said.map((line) => (JSON.parse(line) as { line: number }).line)).toEqual([2]);
  });

  it.each([
    ['a policy that is none', 'redaction: { rules: [{ classes: [card], action: keep }] }'],
    ['a file without one', 'teams: []'],
  ])('refuses %s', async (_, yaml) => {
    const { code, said } = await redact('x', '--policy', await policyFile(yaml));
    expect(code).toBe(1);
    expect(said.join()).toMatch(/redaction/);
  });

  it('says which file it cannot read', async () => {
    const { code, said } = await redact('x', '--policy', join(folder, 'none.yaml'));
    expect(code).toBe(1);
    expect(said.join()).toContain('cannot read');
  });
});
