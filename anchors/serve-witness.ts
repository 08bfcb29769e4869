import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { textOf } from '../integrity/bytes.ts';
import { ADD_CHECKPOINT_LENGTH_MAX } from './add-checkpoint.ts';
import { addCheckpoint } from './witness.ts';
import type { WitnessParts } from './witness.ts';

/** Connections at a time; more are refused by the system. */
const CONNECTIONS_MAX = 256;
/** A whole request has to come in this time. */
const REQUEST_WAIT_MS_MAX = 10_000;

/** The HTTP face of a witness: `POST /add-checkpoint`, and `GET /<SHA-256 of the origin>/checkpoint` for whoever watches. Not yet listening. */
export function witnessServer(parts: WitnessParts, onError: (error: unknown) => void): Server {
  const server = createServer((request, response) => {
    answer(request, response, parts).catch((error: unknown) => {
      onError(error);
      if (response.headersSent) response.destroy();
      else send(response, 500, 'text/plain; charset=utf-8', 'the witness failed\n');
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.requestTimeout = REQUEST_WAIT_MS_MAX;
  server.headersTimeout = REQUEST_WAIT_MS_MAX;
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  parts: WitnessParts,
): Promise<void> {
  const { method, url = '' } = request;
  if (method === 'POST' && url === '/add-checkpoint') {
    const body = await readBody(request);
    if (body === undefined) return refuseBody(response);
    const answered = await addCheckpoint(body, parts);
    return send(response, answered.status, answered.contentType, answered.body);
  }
  const note = method === 'GET' ? latestOf(url, parts) : undefined;
  if (note === undefined) return send(response, 404, 'text/plain; charset=utf-8', 'not here\n');
  return send(response, 200, 'text/plain; charset=utf-8', note);
}

function refuseBody(response: ServerResponse): void {
  response.setHeader('connection', 'close');
  send(response, 400, 'text/plain; charset=utf-8', 'the body is too long or not UTF-8\n');
}

/** The newest checkpoint that was cosigned of the log whose origin has this hash. */
function latestOf(url: string, { memory }: WitnessParts): string | undefined {
  const hash = /^\/([0-9a-f]{64})\/checkpoint$/.exec(url)?.[1];
  return hash === undefined ? undefined : memory.noteOf(hash);
}

/** Nothing where the body is longer than a request may be, or no text. What is too much is not read. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!(chunk instanceof Buffer)) return undefined;
    length += chunk.length;
    if (length > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return textOf(Buffer.concat(chunks));
}

const BODY_BYTES_MAX = ADD_CHECKPOINT_LENGTH_MAX;

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType });
  response.end(body);
}
