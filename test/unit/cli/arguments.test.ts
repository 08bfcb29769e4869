import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../../cli/commands/all-commands.ts';
import { run } from '../../../cli/main.ts';
import { paintFor } from '../../../cli/render/paint.ts';
import { parseArguments } from '../../../cli/parse-arguments.ts';
import type { Terminal } from '../../../cli/terminal.ts';

async function waybill(...argv: string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const terminal: Terminal = {
    out: (line) => out.push(line),
    note: (line) => notes.push(line),
    progress: () => undefined,
    paint: paintFor(false),
    environment: {},
  };
  const code = await run(argv, terminal);
  return { code, out: out.join('\n'), notes: notes.join('\n') };
}

describe('waybill', () => {
  it('shows every command in its help, and every option in the command’s', async () => {
    const { code, out } = await waybill('--help');
    expect(code).toBe(0);
    for (const command of commands) {
      expect(out).toContain(`  ${command.name}`);
      const help = await waybill(command.name, '--help');
      expect(help.code).toBe(0);
      for (const option of Object.keys(command.options)) expect(help.out).toContain(`--${option}`);
    }
  });

  it('has examples that are understood', () => {
    for (const command of commands) {
      for (const example of command.examples ?? []) {
        const typed = example.split(' | ').at(-1) ?? '';
        const words = [...typed.matchAll(/"[^"]*"|\S+/gu)].map(([word]) => word);
        expect(words.slice(0, 2)).toEqual(['waybill', command.name]);
        expect(() => parseArguments(command, words.slice(2))).not.toThrow();
      }
    }
  });

  it('tells a file or folder that cannot be had as one sentence', async () => {
    const nowhere = ['--folder', '/dev/null/witness', '--policy', 'README.md', '--name', 'w/1'];
    const { code, notes } = await waybill('witness', ...nowhere);
    expect(code).toBe(1);
    expect(notes.split('\n')).toHaveLength(1);
  });

  it('says its version', async () => {
    expect(await waybill('--version')).toMatchObject({ code: 0, out: '0.1.0' });
  });

  it.each([
    [['cals'], 'did you mean "calls"?'],
    [['calls', '--usr', 'x'], 'did you mean --user?'],
    [['trace'], '<trace-id> is missing'],
    [['trace', 'a', 'b'], '"b" is one argument too many'],
    [['calls', '--user'], '--user needs a value'],
    [['calls', '--user', '--json'], '--user needs a value'],
    [['calls', '--json=1'], '--json takes no value'],
    [['calls', '--limit', '0', '--key-file', 'x'], '--limit 0 is no number'],
    [['key', 'constructor', 'x'], 'there is no action "constructor"'],
    [['redaction-key', 'toString'], 'there is no action "toString"'],
    [['calls', '--constructor'], 'there is no option --constructor'],
    [['up', '--query-port', '99999'], 'is no port from 0 to 65535'],
    [['up', '--splunk-hec-url', 'http://x'], 'go together'],
  ])('ends with 2 and says why: %j', async (argv, why) => {
    const { code, notes, out } = await waybill(...argv);
    expect(notes).toContain(why);
    expect(code).toBe(2);
    expect(out).toBe('');
  });

  it.each([
    ['that is no JSON', 200, '<html>'],
    ['that breaks off', 200, undefined],
    ['that is an error page', 502, '<html>'],
  ])('tells an answer %s as one sentence', async (_, status, body) => {
    const server = createServer((__, response) => {
      response.writeHead(status, { 'content-length': 100 }).write(body ?? 'x');
      if (body === undefined) setTimeout(() => response.destroy(), 20);
      else response.end(body.padEnd(94));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const key = join(await mkdtemp(join(tmpdir(), 'waybill-arguments-')), 'key');
    await writeFile(key, 'wb_key');
    const url = ['--url', `http://127.0.0.1:${port}`, '--key-file', key];
    const { code, notes } = await waybill('calls', ...url);
    server.close();
    expect(notes).toMatch(/^waybill: /u);
    expect([1, 3]).toContain(code);
  });

  it('ends with 3 when nobody answers, and with 1 when there is no key', async () => {
    const url = ['--url', 'http://127.0.0.1:1'];
    expect((await waybill('status', '--key-file', '.npmrc', ...url)).code).toBe(1);
    const missing = await waybill('status', '--key-file', '/nowhere/key', ...url);
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.notes).toContain('/nowhere/key');
  });

  it('never shows what stands in a file that is no key', async () => {
    const { notes } = await waybill('status', '--key-file', 'package.json');
    expect(notes).not.toContain('dependencies');
  });
});
