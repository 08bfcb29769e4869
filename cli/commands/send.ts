import { readFileSync } from 'node:fs';
import { addressOf, readKeyFile } from '../api-client.ts';
import type { Arguments, Command } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import type { OtlpRequests } from '../otlp-requests.ts';
import { otlpRequests } from '../otlp-requests.ts';
import { printable } from '../render/paint.ts';
import { postOtlp } from '../post-otlp.ts';
import type { Terminal } from '../terminal.ts';

/** Posts a file of OTLP traces to the collector. */
export const sendCommand: Command = {
  name: 'send',
  summary: 'post a file of OTLP traces (protobuf, JSON or JSON lines; gzipped or not)',
  positionals: ['<otlp-file>'],
  options: {
    url: {
      type: 'string',
      value: 'URL',
      means: 'address of the collector (WAYBILL_OTLP_URL; http://127.0.0.1:4318)',
    },
    'key-file': {
      type: 'string',
      value: 'FILE',
      means:
        'file with a producer key (WAYBILL_PRODUCER_KEY_FILE; ./waybill-data/keys/producer.key)',
    },
    json: { type: 'boolean', means: 'the result as JSON, for programs' },
  },
  examples: ['waybill send traces.jsonl', 'waybill send traces.pb.gz --key-file producer.key'],
  async run(given, terminal) {
    const { bodies, contentType } = readRequests(given.positionals[0] ?? '');
    const { environment } = terminal;
    const base = given.text('url') ?? environment['WAYBILL_OTLP_URL'] ?? 'http://127.0.0.1:4318';
    const url = addressOf(base, '/v1/traces');
    const key = readProducerKey(given, terminal);
    const onWait = (reason: string, ms: number) =>
      terminal.note(`The collector answered ${reason}; waiting ${ms} ms as it asks.`);
    let rejectedSpans = 0;
    let message = '';
    for (const [at, body] of bodies.entries()) {
      terminal.progress(`request ${at + 1} of ${bodies.length} …`);
      const posted = await postOtlp(body, { url, key, contentType, onWait });
      rejectedSpans += posted.rejectedSpans;
      message = posted.message || message;
    }
    terminal.progress('');
    tell(given, terminal, { requests: bodies.length, rejectedSpans, message });
    return rejectedSpans > 0 ? exitCodes.failed : exitCodes.ok;
  },
};

const BODY_BYTES_MAX = 4 * 1024 * 1024;

function readRequests(file: string): OtlpRequests {
  try {
    return otlpRequests(readFileSync(file), BODY_BYTES_MAX);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure('failed', `waybill send: cannot read ${file}: ${reason}`, cause);
  }
}

function readProducerKey(given: Arguments, { environment }: Terminal): string {
  const file =
    given.text('key-file') ??
    environment['WAYBILL_PRODUCER_KEY_FILE'] ??
    'waybill-data/keys/producer.key';
  return readKeyFile(file, '--key-file');
}

type Sent = { readonly requests: number; readonly rejectedSpans: number; readonly message: string };

function tell(given: Arguments, terminal: Terminal, sent: Sent): void {
  if (given.flag('json')) return terminal.out(JSON.stringify(sent));
  terminal.out(`${sent.requests} request${sent.requests === 1 ? '' : 's'} acknowledged.`);
  if (sent.rejectedSpans === 0) return;
  const why = sent.message ? `: ${printable(sent.message)}` : '';
  terminal.out(terminal.paint.red(`${sent.rejectedSpans} spans were rejected${why}`));
}
