import { hash } from 'node:crypto';
import type { PayloadField } from '../schemas/record-types.ts';
import type { CallView } from './attribution/call-view.ts';
import { toolAbove } from './attribution/call-view.ts';
import type { CapturedPayload } from './reading.ts';
import type { SpanNode } from './trace-state.ts';

export type RecordPayload = {
  /** What no earlier revision carried. */
  readonly fields: readonly PayloadField[];
  readonly bytesIn: number | null;
  readonly bytesOut: number | null;
  readonly cut: boolean;
};

/**
 * The payload of a record: of each field the outermost hop's, since that is what was asked and what came back. A revision carries only
 * what no earlier one did.
 */
export function payloadOf(
  view: CallView,
  carried: readonly string[],
  read: (node: SpanNode) => readonly CapturedPayload[],
): RecordPayload {
  const chosen = new Map<string, CapturedPayload>();
  const tool = toolAbove(view);
  const nodes = view.hops.map(({ node }) => node);
  // Some frameworks alone say what was asked.
  for (const node of tool === null ? nodes : [...nodes, tool]) {
    for (const payload of read(node)) {
      if (!chosen.has(payload.name)) chosen.set(payload.name, payload);
    }
  }
  const fields = [...chosen.values()]
    .filter(({ name }) => !carried.includes(name))
    .slice(0, FIELDS_MAX)
    .map(fieldOf);
  return {
    fields,
    bytesIn: chosen.get('arguments')?.bytes ?? null,
    bytesOut: chosen.get('result')?.bytes ?? null,
    cut: fields.some(({ truncated }) => truncated),
  };
}

const FIELDS_MAX = 34;
/** Two fields of this size and everything else a record holds stay within `limits.recordBytesMax`. */
const FIELD_BYTES_MAX = 96 * 1024;
const SMALL_FIELD_BYTES_MAX = 4 * 1024;

/** The field with another text in its value's place. */
export function withText(field: PayloadField, text: string): PayloadField {
  const { name, mediaType, bytes, truncated } = field;
  return fieldOf({ name, mediaType, text, bytes, truncated });
}

function fieldOf(payload: CapturedPayload): PayloadField {
  const whole = Buffer.from(payload.text);
  const main = payload.name === 'arguments' || payload.name === 'result';
  const bytesMax = main ? FIELD_BYTES_MAX : SMALL_FIELD_BYTES_MAX;
  const value = whole.length > bytesMax ? cutUtf8(whole, bytesMax) : whole;
  const truncated = payload.truncated || value.length < whole.length;
  return {
    name: payload.name.slice(0, 256),
    mediaType: payload.mediaType,
    value,
    encoding: 'identity',
    keyId: null,
    bytes: payload.bytes,
    digest: hash('sha256', value, 'hex'),
    truncated,
  };
}

/** Never in the middle of a character: continuation bytes (10xxxxxx) before the cut go with their first. */
function cutUtf8(bytes: Buffer, bytesMax: number): Buffer {
  let end = bytesMax;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}
