import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { PolicyServer } from '../../redaction/policy/evaluate.ts';
import { builtInPolicy } from '../../redaction/policy/policy.ts';
import type { RedactionPolicy } from '../../redaction/policy/policy.ts';
import type { TextRedactor } from '../../redaction/policy/redact-by-policy.ts';
import { createTextRedactor } from '../../redaction/policy/redact-by-policy.ts';
import { parseRegistry } from '../../registry/document.ts';
import { readSecretKey } from '../../registry/master-key.ts';
import type { Arguments, Command } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { isOtlp, redactOtlp } from '../redact-otlp.ts';

/** Tries redaction, and a policy, on a file before either meets real traffic. */
export const redactCommand: Command = {
  name: 'redact',
  summary: 'what redaction makes of a file (- for what comes in): text, JSON or OTLP JSON',
  positionals: ['<file>'],
  options: {
    policy: {
      type: 'string',
      value: 'FILE',
      means: 'a registry file whose redaction holds; the built-in policy when left out',
    },
    key: {
      type: 'string',
      value: 'KEY',
      means: 'the attribute under which the text stands, e.g. customer.phone',
    },
    server: { type: 'string', value: 'NAME', means: 'as a record of this server is published' },
    classification: {
      type: 'string',
      value: 'CLASS',
      means: 'as a record of a server so classified is published, e.g. phi',
    },
    lines: { type: 'boolean', means: 'each line is a text of its own' },
    findings: {
      type: 'boolean',
      means: 'a line of JSON a finding (type, start, end, rule, …), never its value, and no text',
    },
    'token-key-file': {
      type: 'string',
      value: 'FILE',
      means: 'tokens are made under this key, 64 hex digits; else under a public one',
    },
  },
  examples: [
    'waybill redact ticket.txt',
    'waybill redact spans.json --policy registry.yaml --findings',
    'tail -100 app.log | waybill redact - --lines',
    'waybill redact result.json --classification phi',
  ],
  async run(given, terminal) {
    const text = await readInput(given.positionals[0] ?? '-');
    const policy = await readPolicy(given.text('policy'));
    const file = given.text('token-key-file');
    const tokenKey = file === undefined ? publicKey : await readSecretKey(file).catch(explain);
    const redact = createTextRedactor({ policy, tokenKey, server: serverOf(given) });
    const texts = given.flag('lines') ? text.replace(/\n$/, '').split('\n') : [text];
    for (const [at, one] of texts.entries()) {
      const done = redactOne(one, given.text('key') ?? '', redact);
      if (!given.flag('findings')) {
        terminal.out(done.text.replace(/\n$/, ''));
        continue;
      }
      for (const finding of done.findings) {
        const line = given.flag('lines') ? { line: at + 1 } : {};
        terminal.out(JSON.stringify({ ...line, ...finding }));
      }
    }
    return exitCodes.ok;
  },
};

const publicKey = Buffer.alloc(32, 'a public key, for trying out only');

type Done = { readonly text: string; readonly findings: readonly object[] };

function redactOne(text: string, keyPath: string, redact: TextRedactor): Done {
  try {
    const document = /^\s*\{/.test(text) ? parseJson(text) : undefined;
    if (!isOtlp(document)) return redact(text, keyPath);
    const done = redactOtlp(document, redact);
    return { text: JSON.stringify(done.document, null, 2), findings: done.findings };
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    // What was thrown may quote the text.
    throw failure('the text takes too long by this policy; the collector would drop it');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function serverOf(given: Arguments): PolicyServer | null {
  const name = given.text('server') ?? null;
  const classification = given.text('classification') ?? null;
  return name === null && classification === null ? null : { name, classification };
}

async function readInput(file: string): Promise<string> {
  if (file === '-') return (await buffer(process.stdin)).toString();
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw failure(`cannot read ${file}`, cause);
  });
}

async function readPolicy(file: string | undefined): Promise<RedactionPolicy> {
  if (file === undefined) return builtInPolicy;
  const yaml = await readInput(file);
  try {
    const { redaction } = parseRegistry(yaml);
    if (redaction === null) throw failure(`${file} has no redaction`);
    return { ...redaction, keyVersion: builtInPolicy.keyVersion };
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    throw failure(`${file}: ${cause instanceof Error ? cause.message : 'not understood'}`, cause);
  }
}

function explain(cause: unknown): never {
  throw failure(cause instanceof Error ? cause.message : 'the key cannot be read', cause);
}

function failure(what: string, cause?: unknown): CommandFailure {
  return new CommandFailure('failed', `waybill redact: ${what}.`, cause);
}
