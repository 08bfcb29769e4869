import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ProducerCredential } from '../registry/credentials.ts';
import { CollectorError, toCollectorError } from './errors.ts';
import { httpErrorAnswer, httpStatusOf } from './http-status.ts';
import { countFailure } from './metrics.ts';
import type { HeadReader, PlainHead } from './plain-head.ts';
import { createHeadReader } from './plain-head.ts';
import { createAnswerWriter } from './quick-answer.ts';
import type { AnswerWriter } from './quick-answer.ts';
import type { Coming, Connection } from './quick-connection.ts';
import type { ReceiverParts } from './receive-http.ts';
import { remainderOf } from './remainder.ts';

/**
 * Small exports of the plainest kind, read and answered on the socket itself: at one span a request `node:http` would cost as much as
 * all the rest. It judges no head: a connection whose next request is not plain, not small or not authenticated is handed to Node's HTTP
 * server with every byte of that request, and stays there.
 */
export type QuickLane = {
  /** Takes a new connection. */
  take(socket: Socket): void;
  /** Ends connections that are owed nothing, and from now on each other one with its answer. */
  closeIdle(): void;
  /** Ends all connections at once. */
  closeAll(): void;
};

/** A body that is worth the lane; above it the cost of bytes outweighs that of the request. */
const QUICK_BYTES_MAX = 16 * 1024;
/** Requests that are answered for in one turn of the loop; the next turn has the rest. */
const TURN_REQUESTS_MAX = 256;
/** What a connection may send ahead of its answers before it is read no further. */
const AHEAD_BYTES_MAX = 16 * 1024;
const SWEEP_MS = 100;

type Lane = {
  readonly parts: ReceiverParts;
  readonly handOver: (connection: Duplex) => void;
  readonly answers: AnswerWriter;
  readonly connections: Set<Connection>;
  readonly readHead: HeadReader;
  /** Requests that came whole and wait for their turn. */
  whole: Whole[];
  closing: boolean;
  /** The sweep's coarse clock: limits are far longer. */
  nowMs: number;
};

type Whole = { readonly connection: Connection; readonly coming: Coming };

export function createQuickLane(
  parts: ReceiverParts,
  handOver: (connection: Duplex) => void,
): QuickLane {
  const nowMs = (): number => performance.now();
  const lane: Lane = {
    parts,
    handOver,
    answers: createAnswerWriter(nowMs),
    connections: new Set(),
    readHead: createHeadReader(),
    whole: [],
    closing: false,
    nowMs: nowMs(),
  };
  const sweep = setInterval(() => {
    lane.nowMs = nowMs();
    sweepConnections(lane);
  }, SWEEP_MS);
  sweep.unref();
  return {
    take: (socket) => openConnection(lane, socket),
    closeIdle() {
      lane.closing = true;
      clearInterval(sweep);
      for (const { busy, socket } of lane.connections) if (!busy) socket.destroy();
    },
    closeAll() {
      for (const { socket } of lane.connections) socket.destroy();
    },
  };
}

function openConnection(lane: Lane, socket: Socket): void {
  const connection: Connection = {
    socket,
    onData: (chunk) => receive(lane, connection, chunk),
    onEnd: () => finish(lane, connection),
    onClose: () => forget(lane, connection),
    coming: undefined,
    busy: false,
    served: false,
    ahead: [],
    aheadBytes: 0,
    peerEnded: false,
    over: false,
    sinceMs: lane.nowMs,
  };
  lane.connections.add(connection);
  socket.on('data', connection.onData);
  socket.once('end', connection.onEnd);
  socket.on('error', ignore);
  socket.once('close', connection.onClose);
}

/** A socket that fails closes, and what it sent whole is taken all the same. */
function ignore(): void {}

function forget(lane: Lane, connection: Connection): void {
  lane.connections.delete(connection);
  // A request that it still owes an answer to goes on to what lies ahead, of which no more will come.
  connection.peerEnded = true;
  if (connection.coming) dropComing(lane, connection, 'COLLECTOR_REQUEST_ABORTED');
}

function receive(lane: Lane, connection: Connection, chunk: Buffer): void {
  if (connection.over) return;
  if (!connection.busy) return advance(lane, connection, chunk);
  connection.ahead.push(chunk);
  connection.aheadBytes += chunk.length;
  if (connection.aheadBytes > AHEAD_BYTES_MAX) connection.socket.pause();
}

function advance(lane: Lane, connection: Connection, chunk: Buffer): void {
  const { coming } = connection;
  if (coming) return takeBody(lane, connection, coming, chunk);
  connection.sinceMs = lane.nowMs;
  const headEnd = chunk.indexOf(HEAD_END);
  // A head in pieces is rare, and Node has the patience and the limits for it.
  if (headEnd < 0 || headEnd > lane.parts.config.headerBytesMax) {
    return leave(lane, connection, chunk);
  }
  const head = lane.readHead(chunk.toString('latin1', 0, headEnd));
  const producer = head && producerOf(lane.parts, head);
  if (!producer || head.contentLength > QUICK_BYTES_MAX) return leave(lane, connection, chunk);
  const started: Coming = { head, producer, chunks: [], bytes: 0 };
  takeBody(lane, connection, started, chunk.subarray(headEnd + HEAD_END.length));
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** Who may not send is told so where every refusal of a head is made. */
function producerOf(parts: ReceiverParts, head: PlainHead): ProducerCredential | undefined {
  try {
    return parts.authenticator.producerOf(head.authorization, []);
  } catch {
    return undefined;
  }
}

/** The HTTP server's from here on, with the bytes that have no answer yet. */
function leave(lane: Lane, connection: Connection, chunk: Buffer): void {
  const { socket } = connection;
  lane.connections.delete(connection);
  connection.over = true;
  if (socket.destroyed) return;
  socket.off('data', connection.onData);
  socket.off('end', connection.onEnd);
  socket.off('close', connection.onClose);
  socket.off('error', ignore);
  // A stream that has ended takes nothing back.
  if (connection.peerEnded) return lane.handOver(remainderOf(socket, chunk));
  socket.pause();
  socket.unshift(chunk);
  lane.handOver(socket);
  socket.resume();
}

function takeBody(lane: Lane, connection: Connection, coming: Coming, chunk: Buffer): void {
  const missing = coming.head.contentLength - coming.bytes;
  const piece = chunk.length > missing ? chunk.subarray(0, missing) : chunk;
  connection.coming = coming;
  try {
    lane.parts.budget.hold(coming.producer, piece.length);
  } catch (error) {
    // The rest of the body is not wanted, and the connection cannot be read past it.
    writeError(lane, connection, error, true);
    dropComing(lane, connection);
    return endAfterAnswer(lane, connection);
  }
  coming.chunks.push(piece);
  coming.bytes += piece.length;
  if (chunk.length < missing) return;
  connection.coming = undefined;
  connection.busy = true;
  if (chunk.length > missing) {
    connection.ahead.push(chunk.subarray(missing));
    connection.aheadBytes = chunk.length - missing;
  }
  if (lane.whole.push({ connection, coming }) === 1) setImmediate(() => takeTurn(lane));
}

/**
 * Works on what a turn of the loop has read, one request after the other: between two reads from sockets the same work takes up to
 * twice as long, for what it needs has left the processor's caches.
 */
function takeTurn(lane: Lane): void {
  const { whole } = lane;
  lane.whole = whole.splice(TURN_REQUESTS_MAX);
  if (lane.whole.length > 0) setImmediate(() => takeTurn(lane));
  for (const { connection, coming } of whole) void answer(lane, connection, coming);
}

/** Gives up a request whose body did not come whole. */
function dropComing(lane: Lane, connection: Connection, code?: 'COLLECTOR_REQUEST_ABORTED'): void {
  const { coming } = connection;
  connection.coming = undefined;
  if (coming) lane.parts.budget.release(coming.producer, coming.bytes);
  if (code) countFailure(lane.parts.metrics, 'http', code, httpStatusOf[code]);
}

async function answer(lane: Lane, connection: Connection, coming: Coming): Promise<void> {
  const { parts, answers } = lane;
  const { producer, chunks, bytes } = coming;
  const { encoding } = coming.head;
  const [first] = chunks;
  const body = chunks.length === 1 && first ? first : Buffer.concat(chunks, bytes);
  try {
    parts.budget.charge(producer, bytes);
    const request = encoding === 'json' ? parts.jsonToProtobuf(body) : body;
    const outcome = await parts.accept(producer, request);
    connection.socket.write(answers.outcome(outcome, encoding, lane.closing));
    parts.metrics.add('waybill_collector_requests_total', 1, 'protocol="http",status="200"');
  } catch (error) {
    connection.coming = coming;
    writeError(lane, connection, error, lane.closing);
    connection.coming = undefined;
  }
  parts.budget.release(producer, bytes);
  goOn(lane, connection);
}

/** After an answer: on to what came meanwhile, or to the end. */
function goOn(lane: Lane, connection: Connection): void {
  const { socket, ahead, aheadBytes } = connection;
  connection.busy = false;
  connection.served = true;
  connection.sinceMs = lane.nowMs;
  if (lane.closing) return endAfterAnswer(lane, connection);
  if (aheadBytes > 0) {
    connection.ahead = [];
    connection.aheadBytes = 0;
    socket.resume();
    advance(lane, connection, ahead.length === 1 && ahead[0] ? ahead[0] : Buffer.concat(ahead));
  }
  if (connection.peerEnded && !connection.over) finish(lane, connection);
}

/** Nothing more is read: what comes of a refused body must not pass for a request. The sweep ends it where the peer does not. */
function endAfterAnswer(lane: Lane, connection: Connection): void {
  connection.over = true;
  connection.sinceMs = lane.nowMs;
  connection.socket.end();
}

/** The peer has sent its last byte: what is owed is still answered. */
function finish(lane: Lane, connection: Connection): void {
  connection.peerEnded = true;
  if (connection.busy) return;
  if (connection.coming) dropComing(lane, connection, 'COLLECTOR_REQUEST_ABORTED');
  connection.socket.end();
}

function writeError(lane: Lane, connection: Connection, thrown: unknown, last: boolean): void {
  const encoding = connection.coming?.head.encoding ?? 'json';
  const reply = httpErrorAnswer(thrown, encoding, lane.parts.config.retryAfterSeconds);
  countFailure(lane.parts.metrics, 'http', toCollectorError(thrown).code, reply.status);
  connection.socket.write(lane.answers.error(reply, last));
}

/** Idle connections and bodies that do not come end at the limits that Node's server has for them. */
function sweepConnections(lane: Lane): void {
  const { keepAliveMsMax, headersWaitMsMax, requestWaitMsMax } = lane.parts.config;
  for (const connection of lane.connections) {
    const waitedMs = lane.nowMs - connection.sinceMs;
    if (connection.busy) continue;
    if (connection.coming) {
      if (waitedMs <= requestWaitMsMax) continue;
      writeError(lane, connection, new CollectorError('COLLECTOR_REQUEST_SLOW'), true);
      dropComing(lane, connection);
      endAfterAnswer(lane, connection);
    } else if (waitedMs > (connection.served ? keepAliveMsMax : headersWaitMsMax)) {
      connection.socket.destroy();
    }
  }
}
