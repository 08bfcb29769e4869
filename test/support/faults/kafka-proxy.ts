import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** One request of a client to a broker. */
export type KafkaRequest = {
  readonly node: number;
  readonly client: string;
  /** The number of the operation in Kafka's protocol. */
  readonly operation: number;
};

/** Operations by their numbers (https://kafka.apache.org/protocol#protocol_api_keys). */
export const kafkaOperations = {
  produce: 0,
  fetch: 1,
  joinGroup: 11,
  initProducerId: 22,
  addPartitionsToTransaction: 24,
  endTransaction: 26,
  transactionOffsetCommit: 28,
} as const;

/** What becomes of a request: the broker never gets it, or does its work and its answer never comes. Either way the connection is cut. */
export type Fate = 'answered' | 'lost' | 'unanswered';

/** What stands between clients and brokers; each may be changed at any time. */
export type KafkaWeather = {
  /** Nodes to which nobody gets through. */
  cut?: (node: number) => boolean;
  fate?: (request: KafkaRequest) => Fate;
  /** Of every request and every answer. */
  delayMs?: number;
};

/** A proxy a broker, which understands where requests begin, whose they are and which answer is whose. */
export type KafkaProxy = {
  weather: KafkaWeather;
  /** Ends every connection that there is, or those to one node. */
  reset(node?: number): void;
  stop(): Promise<void>;
};

type Pair = { readonly node: number; readonly client: Socket; readonly broker: Socket };

export async function startKafkaProxy(
  ports: readonly number[],
  upstream: readonly string[],
): Promise<KafkaProxy> {
  const pairs = new Set<Pair>();
  const proxy: Pick<KafkaProxy, 'weather'> = { weather: {} };
  const servers = await Promise.all(
    ports.map(async (port, node): Promise<Server> => {
      const [host, brokerPort] = (upstream[node] ?? '').split(':');
      const server = createServer((client) => {
        if (proxy.weather.cut?.(node) === true) {
          client.destroy();
          return;
        }
        const broker = connect({ host: host ?? '', port: Number(brokerPort), noDelay: true });
        relay({ node, client: client.setNoDelay(true), broker }, proxy, pairs);
      });
      await once(server.listen(port, '127.0.0.1'), 'listening');
      return server;
    }),
  );
  const reset = (node?: number): void => {
    for (const pair of pairs) if (node === undefined || pair.node === node) end(pair);
  };
  return Object.assign(proxy, {
    reset,
    stop: async () => {
      reset();
      await Promise.all(servers.map((server) => once(server.close(), 'close')));
    },
  });
}

function end({ client, broker }: Pair): void {
  client.destroy();
  broker.destroy();
}

function relay(pair: Pair, proxy: Pick<KafkaProxy, 'weather'>, pairs: Set<Pair>): void {
  pairs.add(pair);
  const { node, client, broker } = pair;
  const unanswered = new Set<number>();
  for (const socket of [client, broker]) {
    socket.on('error', () => end(pair));
    socket.once('close', () => {
      pairs.delete(pair);
      end(pair);
    });
  }
  const isCut = async (): Promise<boolean> => {
    const { delayMs, cut } = proxy.weather;
    if (delayMs !== undefined) await wait(delayMs);
    return cut?.(node) === true;
  };
  const requests = async (): Promise<void> => {
    for await (const frame of framesOf(client)) {
      const { id, ...said } = readHeader(frame);
      const fate = proxy.weather.fate?.({ node, ...said }) ?? 'answered';
      if ((await isCut()) || fate === 'lost') return end(pair);
      if (fate === 'unanswered') unanswered.add(id);
      await write(broker, frame);
    }
  };
  const answers = async (): Promise<void> => {
    for await (const frame of framesOf(broker)) {
      if ((await isCut()) || unanswered.has(frame.readInt32BE(4))) return end(pair);
      await write(client, frame);
    }
  };
  // A socket that was closed in the middle ends its loop with an error: that is how most connections here end.
  requests().catch(() => end(pair));
  answers().catch(() => end(pair));
}

async function write(socket: Socket, frame: Buffer): Promise<void> {
  if (!socket.write(frame)) await once(socket, 'drain');
}

/** Whole requests or answers, each with its length in front: INT32, big endian. */
async function* framesOf(socket: Socket): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0);
  for await (const chunk of socket) {
    held = Buffer.concat([held, chunk as Buffer]);
    while (held.length >= 4) {
      const length = 4 + held.readInt32BE(0);
      if (held.length < length) break;
      yield held.subarray(0, length);
      held = held.subarray(length);
    }
  }
}

/** Length, operation (INT16), its version (INT16), id of the answer (INT32), name of the client (INT16 length, −1 for none). */
function readHeader(frame: Buffer): Omit<KafkaRequest, 'node'> & { readonly id: number } {
  const length = Math.max(0, frame.readInt16BE(12));
  const client = frame.toString('utf8', 14, 14 + length);
  return { operation: frame.readInt16BE(4), id: frame.readInt32BE(8), client };
}
