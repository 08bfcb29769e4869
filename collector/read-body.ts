import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CollectorError } from './errors.ts';

export type BodyLimits = {
  readonly bytesMax: number;
  /** Called with each piece before it is kept; throws when there is no room for it. */
  readonly hold: (bytes: number) => void;
};

/** The stream's bytes. Rejects with `COLLECTOR_REQUEST_TOO_LARGE`, with what `hold` threw, or when the sender goes away. */
export function readBody(body: Readable, limits: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let total = 0;
    let ended = false;
    const onData = (chunk: Buffer): void => {
      try {
        total += chunk.length;
        if (total > limits.bytesMax) throw new CollectorError('COLLECTOR_REQUEST_TOO_LARGE');
        limits.hold(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        body.off('data', onData);
        reject(error instanceof Error ? error : new Error('hold failed', { cause: error }));
      }
    };
    body.on('data', onData);
    body.once('end', () => {
      ended = true;
      resolve(joined(chunks, total));
    });
    body.once('error', (cause) =>
      reject(new CollectorError('COLLECTOR_REQUEST_ABORTED', '', { cause })),
    );
    body.once('close', () => {
      if (!ended) reject(new CollectorError('COLLECTOR_REQUEST_ABORTED'));
    });
  });
}

/**
 * Decompresses gzip piece by piece and stops at the limit, so that a bomb costs no more than a large request. Rejects with
 * `COLLECTOR_REQUEST_TOO_LARGE`, `COLLECTOR_REQUEST_MALFORMED`, or what `hold` threw.
 */
export async function gunzipBody(compressed: Uint8Array, limits: BodyLimits): Promise<Buffer> {
  const gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK_BYTES });
  gunzip.end(compressed);
  try {
    return await readBody(gunzip, limits);
  } catch (error) {
    const inner = error instanceof CollectorError ? error : undefined;
    if (inner && inner.code !== 'COLLECTOR_REQUEST_ABORTED') throw inner;
    throw new CollectorError('COLLECTOR_REQUEST_MALFORMED', 'The gzip data is damaged.', {
      cause: error,
    });
  } finally {
    gunzip.destroy();
  }
}

/** Large enough for few turns of the loop a request, small enough that a bomb is noticed early. */
const GUNZIP_CHUNK_BYTES = 64 * 1024;

/**
 * Reads and drops what is left of a refused body, for a sender that is cut off while it writes may never read the answer.
 * Beyond `bytesMax` the stream is destroyed.
 */
export function discardRest(body: Readable, bytesMax: number): void {
  let dropped = 0;
  body.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > bytesMax) body.destroy();
  });
  body.on('error', () => body.destroy());
  body.resume();
}

function joined(chunks: readonly Buffer[], total: number): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first ? first : Buffer.concat(chunks, total);
}
