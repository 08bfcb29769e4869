import { gunzipSync } from 'node:zlib';

/** Requests made of a file of OTLP traces. */
export type OtlpRequests = {
  readonly contentType: 'application/json' | 'application/x-protobuf';
  readonly bodies: readonly Uint8Array[];
};

/**
 * The requests in a file: protobuf `TracesData` (or `ExportTraceServiceRequest`, the same bytes), the same as JSON, or one JSON
 * document a line as the OpenTelemetry Collector's file exporter writes; each of them possibly gzipped. A file larger than
 * `bodyBytesMax` is cut between resources. Throws when the file is empty, or a JSON file is none.
 */
export function otlpRequests(file: Uint8Array, bodyBytesMax: number): OtlpRequests {
  const bytes = file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file) : file;
  if (bytes.length === 0) throw new Error('the file is empty');
  // The first byte of a protobuf file is the tag 0x0a, a line feed in ASCII: JSON begins with a brace, after spaces at most.
  const first = bytes.findIndex((byte) => byte !== 0x20 && byte !== 0x09);
  if (bytes[first] === 0x7b) {
    return { contentType: 'application/json', bodies: jsonBodies(bytes, bodyBytesMax) };
  }
  return { contentType: 'application/x-protobuf', bodies: protobufBodies(bytes, bodyBytesMax) };
}

function jsonBodies(bytes: Uint8Array, bytesMax: number): readonly Uint8Array[] {
  const text = Buffer.from(bytes).toString('utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const documents = lines.every((line) => /^\s*\{.*\}\s*$/.test(line)) ? lines : [text];
  return documents.flatMap((document) => {
    if (document.length <= bytesMax) return [Buffer.from(document)];
    const { resourceSpans = [] } = JSON.parse(document) as { resourceSpans?: unknown[] };
    const parts = resourceSpans.map((resource) => Buffer.from(JSON.stringify(resource)));
    return joined(parts, bytesMax).map((group) => {
      const inner = group.map((part) => part.toString()).join(',');
      return Buffer.from(`{"resourceSpans":[${inner}]}`);
    });
  });
}

/** Cut between `resource_spans` (field 1); whatever does not look like that goes as it is, for the collector to judge. */
function protobufBodies(bytes: Uint8Array, bytesMax: number): readonly Uint8Array[] {
  if (bytes.length <= bytesMax) return [bytes];
  const parts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = readVarint(bytes, at + 1);
    if (bytes[at] !== RESOURCE_SPANS_TAG || !length || length.end + length.value > bytes.length) {
      return [bytes];
    }
    const end = length.end + length.value;
    parts.push(Buffer.from(bytes.subarray(at, end)));
    at = end;
  }
  return joined(parts, bytesMax).map((group) => Buffer.concat(group));
}

const RESOURCE_SPANS_TAG = 0x0a;

/** A varint below 2^31 and where it ends; undefined when it is none. */
export function readVarint(
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let shift = 0; shift < 31; shift += 7) {
    const byte = bytes[at + shift / 7];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, end: at + shift / 7 + 1 };
  }
  return undefined;
}

function joined(parts: readonly Buffer[], bytesMax: number): readonly (readonly Buffer[])[] {
  const groups: Buffer[][] = [];
  let bytes = Infinity;
  for (const part of parts) {
    if (bytes + part.length > bytesMax) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(part);
    bytes += part.length;
  }
  return groups;
}
