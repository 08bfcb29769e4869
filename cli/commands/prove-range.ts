import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { fromBase64 } from '../../integrity/bytes.ts';
import { readRange } from '../../integrity/compact-range.ts';
import { readDisclosedField } from '../../integrity/disclosure.ts';
import { formatRangeHeader, formatRangeLeaf } from '../../integrity/range-file.ts';
import type { ApiClient } from '../api-client.ts';
import { apiClient, apiOptions } from '../api-client.ts';
import { askAgain, waitMsOf, waitOption } from '../ask-again.ts';
import type { Arguments, Command } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { makeFolder } from '../make-folder.ts';
import { writePolicy } from '../write-policy.ts';

type RangeAnswer = {
  readonly logId: string;
  readonly first: number;
  readonly size: number;
  readonly before: readonly string[];
  readonly checkpoint: string;
  readonly meta: string | null;
  readonly leaves: readonly {
    readonly index: number;
    readonly hash: string;
    readonly leaf?: string;
    readonly body?: string;
    readonly fields?: readonly unknown[];
  }[];
};

type Checkpoints = {
  readonly heads: readonly { readonly logId: string; readonly size: number }[];
  readonly policy: string;
};

type WrittenRange = {
  readonly logId: string;
  readonly first: number;
  readonly size: number;
  readonly file: string;
};

/** Writes ranges of logs as a verifier reads them: of all logs, or of one, from a leaf on to the newest signed head. */
export const proveRangeCommand: Command = {
  name: 'prove-range',
  summary: 'writes whole logs, or their ends, as files that are verified offline (verify-store)',
  positionals: [],
  options: {
    ...apiOptions,
    ...waitOption,
    log: { type: 'string', value: 'LOG', multiple: true, means: 'which log (all)' },
    first: { type: 'string', value: 'N', means: 'index of the first leaf, with --log (0)' },
    out: { type: 'string', value: 'DIR', means: 'folder to write to (.)' },
  },
  examples: [
    'waybill prove-range --out evidence',
    'waybill prove-range --log records/p0/e0 --first 100000 --out evidence',
  ],
  async run(given, terminal) {
    const waitMsMax = waitMsOf('prove-range', given);
    // A log in use may have its first head signed and not under the meta log's yet.
    const client = askAgain(apiClient(given, terminal), { waitMsMax, terminal });
    const folder = given.text('out') ?? '.';
    const { heads, policy } = await client.get<Checkpoints>('/v1/checkpoints');
    const logs = given.texts('log');
    const first = firstOf(given, logs);
    const wanted = logs.length > 0 ? logs : heads.map(({ logId }) => logId);
    const size = heads.find(({ logId }) => logId === wanted[0])?.size ?? Infinity;
    if (first >= size) throw beyond(first, size);
    const written: WrittenRange[] = [];
    try {
      await makeFolder(folder);
      for (const logId of wanted) written.push(await writeRange(client, { logId, first }, folder));
      await writePolicy(folder, policy);
    } catch (cause) {
      if (cause instanceof CommandFailure) throw cause;
      throw new CommandFailure('failed', `waybill prove-range: cannot write to ${folder}.`, cause);
    }
    terminal.out(given.flag('json') ? JSON.stringify(written) : render(written));
    return exitCodes.ok;
  },
};

function firstOf(given: Arguments, logs: readonly string[]): number {
  const text = given.text('first') ?? '0';
  if (/^\d{1,15}$/.test(text) && (text === '0' || logs.length === 1)) return Number(text);
  const why = 'is an index in the one log that --log names';
  throw new CommandFailure('usage', `waybill prove-range: --first ${why}, not ${text}.`);
}

function beyond(first: number, size: number): CommandFailure {
  const last = `the newest signed head is over ${size} leaves, so the last is ${size - 1}`;
  return new CommandFailure('failed', `waybill prove-range: there is no leaf ${first}: ${last}.`);
}

/** One file, which has its name once it is whole; what was begun in vain is taken away. */
async function writeRange(
  client: Pick<ApiClient, 'get'>,
  range: { readonly logId: string; readonly first: number },
  folder: string,
): Promise<WrittenRange> {
  const { logId, first } = range;
  const name = join(folder, `${logId.replaceAll('/', '-')}.${first}.range`);
  const part = `${name}.part`;
  const file = await open(part, 'w', 0o600);
  let size: number;
  try {
    size = await writePages(client, range, file);
    await file.sync();
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(part, name);
  return { logId, first, size, file: name };
}

/** A page at a time: all end with the head that the first one told, whose size is given. */
async function writePages(
  client: Pick<ApiClient, 'get'>,
  { logId, first }: { readonly logId: string; readonly first: number },
  file: FileHandle,
): Promise<number> {
  let page = await client.get<RangeAnswer>('/v1/range', { log: logId, first: String(first) });
  const { size, checkpoint, meta } = page;
  const before = readRange(first, page.before.map(fromBase64));
  const header = { before, checkpoint, ...(meta === null ? {} : { meta }) };
  await file.write(`${formatRangeHeader(header)}\n`);
  for (let next = first; ;) {
    await file.write(linesOf(page));
    next = (page.leaves.at(-1)?.index ?? size) + 1;
    if (next >= size) return size;
    const more = { log: logId, first: String(next), size: String(size) };
    page = await client.get<RangeAnswer>('/v1/range', more);
  }
}

function linesOf({ leaves }: RangeAnswer): string {
  const lines = leaves.map(({ index, hash, leaf, body, fields }) =>
    formatRangeLeaf({
      index,
      hash: fromBase64(hash),
      ...(leaf === undefined ? {} : { leaf }),
      ...(body === undefined ? {} : { body }),
      ...(fields === undefined ? {} : { fields: fields.map(readDisclosedField) }),
    }),
  );
  return lines.map((line) => `${line}\n`).join('');
}

function render(written: readonly WrittenRange[]): string {
  return [
    ...written.map(({ logId, first, size, file }) => `${logId}  ${first} to ${size}  ${file}`),
    'Verify them with waybill verify-store, or elsewhere with node verifier/main.ts verify-store.',
    'Believe them by a policy that you got by another way than this one.',
  ].join('\n');
}
