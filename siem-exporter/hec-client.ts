import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:http';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { z } from 'zod';
import { SiemExporterError } from './errors.ts';
import type { HecEvent } from './hec.ts';
import { bodyOf } from './hec.ts';
import type { Reply, Verdict } from './hec-reply.ts';
import { judgeReply } from './hec-reply.ts';
import { delay } from './wait.ts';

/** The way to a receiver. */
export interface Sender {
  /** Sends the events once and says what came of it. Never throws for what the receiver or the network does. */
  send(events: readonly HecEvent[], signal: AbortSignal): Promise<Sent>;
  close(): void;
}

export type Sent = { readonly verdict: Verdict; readonly bytes: number };

export type HecSettings = {
  /** Base address, e.g. `https://splunk.example.com:8088`. */
  readonly url: string;
  readonly tokenFile: string;
  /** PEM of the authorities to trust instead of the system's; null for those. */
  readonly caFile: string | null;
  readonly requestWaitMsMax: number;
  /** Wait for the indexer's acknowledgement of each batch. */
  readonly ack: { readonly pollMs: number; readonly waitMsMax: number } | null;
  readonly connectionsMax: number;
};

const replyBytesMax = 64 * 1024;

/** A client of Splunk's HTTP Event Collector. The token is read for each request, so that a rotated one is taken up without a restart. */
export async function connectHec(settings: HecSettings, now: () => number): Promise<Sender> {
  const secure = new URL(settings.url).protocol === 'https:';
  const ca = settings.caFile === null ? undefined : await readFile(settings.caFile);
  const pool = { keepAlive: true, maxSockets: settings.connectionsMax };
  const agent = secure ? new HttpsAgent({ ...pool, ...(ca && { ca }) }) : new HttpAgent(pool);
  const channel = randomUUID();
  const post: Post = async (path, body, signal) => {
    const headers = {
      Authorization: `Splunk ${await readToken(settings.tokenFile)}`,
      'Content-Type': 'application/json',
      'Content-Length': body.bytes.length,
      'X-Splunk-Request-Channel': channel,
      ...(body.encoding && { 'Content-Encoding': body.encoding }),
    };
    const address = new URL(path, settings.url);
    const wait = AbortSignal.any([signal, AbortSignal.timeout(settings.requestWaitMsMax)]);
    return exchange({ address, headers, agent, secure }, body.bytes, wait);
  };
  return {
    send: (events, signal) => sendOnce(events, { post, settings, now, signal }),
    close: () => agent.destroy(),
  };
}

type Body = { readonly bytes: Buffer; readonly encoding: 'gzip' | null };
type Post = (path: string, body: Body, signal: AbortSignal) => Promise<Reply>;
type Context = {
  readonly post: Post;
  readonly settings: HecSettings;
  readonly now: () => number;
  readonly signal: AbortSignal;
};

async function sendOnce(events: readonly HecEvent[], context: Context): Promise<Sent> {
  const { post, settings, now, signal } = context;
  const body = await bodyOf(events);
  const bytes = body.bytes.length;
  let verdict: Verdict;
  try {
    const reply = await post('/services/collector/event', body, signal);
    verdict = judgeReply(reply, events.length, now());
  } catch (error) {
    return { verdict: judgeFailure(error), bytes };
  }
  if (settings.ack && verdict.kind === 'accepted') {
    verdict = await acknowledged(verdict, context);
  }
  return { verdict, bytes };
}

/** What comes of an accepted batch whose acknowledgement is asked for. Without an id for it none will come: the token has them turned off. */
async function acknowledged(
  verdict: Extract<Verdict, { kind: 'accepted' }>,
  context: Context,
): Promise<Verdict> {
  if (verdict.ackId === null) return { kind: 'hold', reason: 'ack_disabled' };
  const indexed = await waitForAck(verdict.ackId, context);
  return indexed ? verdict : { kind: 'retry', reason: 'ack_missing', afterMs: null };
}

// A receiver reports each acknowledgement once and forgets it: the answer "true" is acted upon before anything else.
async function waitForAck(ackId: number, context: Context): Promise<boolean> {
  const { post, settings, now, signal } = context;
  const { pollMs, waitMsMax } = settings.ack ?? { pollMs: 0, waitMsMax: 0 };
  const deadline = now() + waitMsMax;
  const bytes = Buffer.from(JSON.stringify({ acks: [ackId] }));
  while (now() < deadline && !signal.aborted) {
    await delay(pollMs, signal);
    try {
      const reply = await post('/services/collector/ack', { bytes, encoding: null }, signal);
      if (isAcknowledged(reply.body, ackId)) return true;
    } catch {
      // A lost poll may have lost the answer too; the deadline decides, and sending again is safe.
    }
  }
  return false;
}

function isAcknowledged(body: string, ackId: number): boolean {
  try {
    return ackBody.parse(JSON.parse(body)).acks[String(ackId)] === true;
  } catch {
    return false;
  }
}

const ackBody = z.object({ acks: z.record(z.string(), z.boolean()) });

type Target = {
  readonly address: URL;
  readonly headers: NonNullable<RequestOptions['headers']>;
  readonly agent: HttpAgent;
  readonly secure: boolean;
};

function exchange(target: Target, body: Buffer, signal: AbortSignal): Promise<Reply> {
  const { address, headers, agent, secure } = target;
  const begin = secure ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = begin(address, { method: 'POST', headers, agent, signal }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > replyBytesMax) response.destroy(new Error('the reply is too large'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString('utf8'),
          retryAfter: response.headers['retry-after'],
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** A token file holds the token and nothing else; its content is in no message. */
async function readToken(file: string): Promise<string> {
  let token: string;
  try {
    token = (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new SiemExporterError('SIEM_TOKEN_UNREADABLE', file, cause);
  }
  if (!/^[\x21-\x7e]{1,512}$/.test(token)) {
    throw new SiemExporterError('SIEM_TOKEN_UNREADABLE', `${file} holds no token`);
  }
  return token;
}

// Names that do not resolve and certificates that are not trusted do not mend themselves; the rest of the network does.
function judgeFailure(error: unknown): Verdict {
  if (error instanceof SiemExporterError) return { kind: 'hold', reason: 'token_unreadable' };
  const code = codeOf(error);
  if (code === 'ENOTFOUND') return { kind: 'hold', reason: 'name_unknown' };
  if (/CERT|^ERR_TLS|SELF_SIGNED|UNABLE_TO_|^EPROTO$|^ERR_SSL/.test(code)) {
    return { kind: 'hold', reason: 'tls' };
  }
  const timedOut = code === 'ABORT_ERR' || code === '23';
  return { kind: 'retry', reason: timedOut ? 'timeout' : 'network', afterMs: null };
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return typeof code === 'string' || typeof code === 'number' ? String(code) : '';
}
