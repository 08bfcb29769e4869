import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFirstKeys } from '../../../cli/first-start.ts';
import { run } from '../../../cli/main.ts';
import { paintFor } from '../../../cli/render/paint.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-rotate-'));
  await makeFirstKeys(folder);
});
afterEach(() => rm(folder, { recursive: true }));

async function waybill(...argv: string[]) {
  const said: string[] = [];
  const code = await run(['redaction-key', ...argv, '--data-dir', folder], {
    out: (line) => said.push(line),
    note: (line) => said.push(line),
    progress: () => undefined,
    paint: paintFor(false),
    environment: {},
  });
  return { code, text: said.join('\n') };
}

describe('waybill redaction-key', () => {
  it('makes the next version in a file of its owner’s, and prints it nowhere', async () => {
    expect((await waybill('list')).text).toBe('default: versions 1');
    const { code, text } = await waybill('rotate');
    expect(code).toBe(0);
    const file = join(folder, 'keys', 'default.v2.key');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(text).toContain('Version 2');
    expect(text).not.toContain((await readFile(file, 'utf8')).trim());
    expect(JSON.parse((await waybill('list', '--json')).text)).toMatchObject({ versions: [1, 2] });
  });

  it('refuses what it does not know, and a name that is no tenant’s', async () => {
    expect(await waybill('destroy')).toMatchObject({ code: 2 });
    const { code, text } = await waybill('rotate', '--tenant', '../x');
    expect(code).toBe(1);
    expect(text).toContain('no name of a tenant');
  });
});
