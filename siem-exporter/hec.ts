import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { JsonObject } from './ocsf-values.ts';

/** An event ready to be sent, and which leaf it came from. */
export type HecEvent = {
  readonly leafIndex: number;
  readonly recordId: string;
  readonly tenant: string;
  /** The envelope as JSON. */
  readonly json: string;
  readonly bytes: number;
};

export type EnvelopeSettings = {
  readonly host: string;
  readonly source: string;
  readonly sourcetype: string;
  /** Null leaves the choice to the token. */
  readonly index: string | null;
};

/**
 * The envelope of Splunk's HTTP Event Collector around an OCSF event. `time` always stands in it, in seconds with milliseconds: without it
 * a replay would be dated by its arrival. Source: Splunk, "Format events for HTTP Event Collector".
 */
export function envelopeOf(event: JsonObject, timeUs: number, settings: EnvelopeSettings): string {
  const { host, source, sourcetype, index } = settings;
  const place = index === null ? {} : { index };
  return JSON.stringify({
    time: Math.floor(timeUs / 1000) / 1000,
    host,
    source,
    sourcetype,
    ...place,
    event,
  });
}

export type BatchLimits = { readonly eventsMax: number; readonly bytesMax: number };

/** The events cut into batches within the limits, in order; an event that is too large by itself is a batch of its own. */
export function batchesOf(
  events: readonly HecEvent[],
  { eventsMax, bytesMax }: BatchLimits,
): readonly (readonly HecEvent[])[] {
  const batches: HecEvent[][] = [];
  let current: HecEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    // One more for the newline that parts the events.
    const full = current.length >= eventsMax || bytes + event.bytes + 1 > bytesMax;
    if (full && current.length > 0) {
      batches.push(current);
      current = [];
      bytes = 0;
    }
    current.push(event);
    bytes += event.bytes + 1;
  }
  if (current.length > 0) batches.push(current);
  return batches;
}

export type HecBody = { readonly bytes: Buffer; readonly encoding: 'gzip' | null };

const gzipAsync = promisify(gzip);
// Below this a body is about one packet, and compressing it costs more than it saves.
const gzipBytesMin = 1536;

/** The body of a request: the envelopes one after another, compressed when that pays. */
export async function bodyOf(events: readonly HecEvent[]): Promise<HecBody> {
  const plain = Buffer.from(events.map(({ json }) => json).join('\n'));
  if (plain.length <= gzipBytesMin) return { bytes: plain, encoding: null };
  return { bytes: await gzipAsync(plain, { level: 1 }), encoding: 'gzip' };
}
