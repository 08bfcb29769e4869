import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../cli/main.ts';
import { paintFor } from '../../../cli/render/paint.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-retention-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function check(yaml: string) {
  const policy = join(folder, 'retention.yaml');
  await writeFile(policy, yaml);
  return retention('check', '--policy', policy);
}

async function retention(...argv: string[]) {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const terminal = { out: say, note: say, progress: () => undefined, paint: paintFor(false) };
  const code = await run(['retention', ...argv], { ...terminal, environment: {} });
  return { code, text: said.join('\n') };
}

const policy = (payload: string): string => `
retention:
  classes: [{ id: all, basis: own, header: { ceiling: 1y }, payload: { ceiling: ${payload} } }]
  default: [all]
`;

describe('waybill retention check', () => {
  it('says that a policy contradicts nothing, asking nobody', async () => {
    expect(await check(policy('30d'))).toEqual({
      code: 0,
      text: 'The policy contradicts nothing.',
    });
  });

  it('says where one contradicts itself, by code and words', async () => {
    const { code, text } = await check(policy('2y'));
    expect(code).toBe(1);
    expect(text).toContain('RETENTION_CONTRADICTS');
    expect(text).toContain('retention.classes[0].payload.ceiling: is longer than the header’s');
  });

  it('does not understand another action, or none', async () => {
    expect((await retention('purge')).code).toBe(2);
    expect((await retention('check')).code).toBe(2);
    expect((await retention('check', '--policy', join(folder, 'none.yaml'))).code).toBe(2);
    expect((await retention()).code).toBe(2);
  });
});
