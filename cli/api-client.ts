import { readFileSync } from 'node:fs';
import type { Arguments, Option } from './command.ts';
import { CommandFailure, NotYetFailure } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** Options of every command that asks the query API. */
export const apiOptions: Readonly<Record<string, Option>> = {
  url: {
    type: 'string',
    value: 'URL',
    means: 'address of the query API (WAYBILL_URL; http://127.0.0.1:4319)',
  },
  'key-file': {
    type: 'string',
    value: 'FILE',
    means: 'file with a reader key (WAYBILL_KEY_FILE; ./waybill-data/keys/auditor.key)',
  },
  json: { type: 'boolean', means: 'the answer as JSON, for programs' },
};

/** Asks the query API. Parameters that are undefined are left out; a list is given once a value. */
export type ApiClient = {
  get<Answer>(
    path: string,
    parameters?: Readonly<Record<string, string | readonly string[] | undefined>>,
  ): Promise<Answer>;
  /** Asks for something to be done. Members that are undefined are left out. */
  post<Answer>(path: string, body: Readonly<Record<string, string | undefined>>): Promise<Answer>;
};

export function apiClient(given: Arguments, terminal: Terminal): ApiClient {
  const { environment } = terminal;
  const base = given.text('url') ?? environment['WAYBILL_URL'] ?? 'http://127.0.0.1:4319';
  const file =
    given.text('key-file') ?? environment['WAYBILL_KEY_FILE'] ?? 'waybill-data/keys/auditor.key';
  const key = readKeyFile(file, '--key-file');
  return {
    async get<Answer>(path: string, parameters = {}): Promise<Answer> {
      const url = addressOf(base, path);
      for (const [name, value] of Object.entries(parameters)) {
        for (const one of value === undefined
          ? []
          : ((Array.isArray(value) ? value : [value]) as readonly string[])) {
          url.searchParams.append(name, one);
        }
      }
      const answer = await ask<Answer>(url, key);
      noteWritePath(answer, terminal);
      return answer;
    },
    post: async <Answer>(path: string, body: Readonly<Record<string, string | undefined>>) =>
      ask<Answer>(addressOf(base, path), key, JSON.stringify(body)),
  };
}

type Noticed = {
  readonly writePath?: { readonly downSince: string; readonly sealedUntil: string | null };
};

/** Said beside an answer, on standard error, while nothing new can come in: what is not there may only be late. */
function noteWritePath(answer: unknown, terminal: Terminal): void {
  const { writePath } = Object(answer) as Noticed;
  if (writePath === undefined) return;
  const { downSince, sealedUntil } = writePath;
  const newest =
    sealedUntil === null ? 'No record is sealed yet.' : `The newest record is of ${sealedUntil}.`;
  terminal.note(
    `Nothing new comes in: the event log has been away since ${downSince}. ${newest} What came later is in no answer yet.`,
  );
}

/** The key in a file. A file that holds something else is never shown, whatever it holds. */
export function readKeyFile(file: string, option: string): string {
  const advice = `\`npx waybill up\` makes one at its first start; ${option} names another.`;
  let key: string;
  try {
    key = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    const message = `waybill: cannot read the key file ${file} (${reason}). ${advice}`;
    throw new CommandFailure('failed', message, cause);
  }
  if (/^[\x21-\x7e]{1,256}$/.test(key)) return key;
  throw new CommandFailure('failed', `waybill: ${file} holds no key. ${advice}`);
}

export function addressOf(base: string, path: string): URL {
  try {
    return new URL(`${base.replace(/\/+$/, '')}${path}`);
  } catch (cause) {
    throw new CommandFailure('usage', `waybill: ${base} is no URL.`, cause);
  }
}

const ANSWER_WAIT_MS_MAX = 60_000;

async function ask<Answer>(url: URL, key: string, body?: string): Promise<Answer> {
  const authorization = `Bearer ${key}`;
  const [response, text] = await answered(url, {
    ...(body === undefined
      ? { headers: { authorization } }
      : { method: 'POST', body, headers: { authorization, 'content-type': 'application/json' } }),
    signal: AbortSignal.timeout(ANSWER_WAIT_MS_MAX),
  });
  if (!response.ok) throw refused(response, text);
  try {
    return JSON.parse(text) as Answer;
  } catch (cause) {
    const message = `waybill: what answers at ${url.origin} is no query API: its answer is no JSON.`;
    throw new CommandFailure('failed', message, cause);
  }
}

/** The answer to its last byte. */
async function answered(url: URL, request: RequestInit): Promise<readonly [Response, string]> {
  try {
    const response = await fetch(url, request);
    return [response, await response.text()];
  } catch (cause) {
    throw unreachable(url, cause);
  }
}

export function unreachable(url: URL, cause: unknown): CommandFailure {
  const inner = cause instanceof Error ? (cause.cause ?? cause) : cause;
  const reason = (inner as { code?: string }).code ?? 'no answer';
  return new CommandFailure(
    'unreachable',
    `waybill: nobody answers at ${url.origin} (${reason}). Is \`npx waybill up\` running?`,
    cause,
  );
}

function refused({ status, headers }: Response, text: string): CommandFailure {
  let message = text.slice(0, 500);
  try {
    const { code, message: what, remedy } = JSON.parse(text) as Record<string, string>;
    message = `${what ?? ''} (${code ?? status})\n${remedy ?? ''}`;
  } catch {
    // Not our error's form: something else answers at this address, and its text is all there is to tell.
  }
  if (status === 503) return new NotYetFailure(`waybill: ${message}`, headers.get('retry-after'));
  // 400: what was typed is not understood there, as if it had not been understood here.
  return new CommandFailure(status === 400 ? 'usage' : 'failed', `waybill: ${message}`);
}
