import { isKnownAgain } from './state-writer.ts';

/** Reads what `state-writer.ts` wrote, in the same order. State is our own: a mistake in it is a defect, and throws. */
export type StateReader = {
  readonly bytes: Buffer;
  at: number;
  /** Texts of the value so far that are numbered (`state-writer.ts`). */
  readonly texts: string[];
};

export function startReading(bytes: Uint8Array): StateReader {
  const { buffer, byteOffset, byteLength } = bytes;
  return { bytes: Buffer.from(buffer, byteOffset, byteLength), at: 0, texts: [] };
}

export function takeCount(from: StateReader): number {
  let count = 0;
  let scale = 1;
  for (;;) {
    const byte = from.bytes[from.at];
    if (byte === undefined) throw new Error('A value in state ends too early.');
    from.at += 1;
    count += (byte & 0x7f) * scale;
    if (byte < 0x80) return count;
    scale *= 128;
  }
}

export function takeNumber(from: StateReader): number {
  const value = from.bytes.readDoubleLE(from.at);
  from.at += 8;
  return value;
}

export function takeText(from: StateReader): string {
  const known = takeCount(from);
  if (known === 0) return takeNewText(from);
  const text = from.texts[known - 1];
  if (text === undefined) throw new Error('State refers to a text that it does not hold.');
  return text;
}

function takeNewText(from: StateReader): string {
  const length = takeCount(from);
  const end = from.at + length;
  if (end > from.bytes.length) throw new Error('A text in state ends too early.');
  const text = from.bytes.toString('utf8', from.at, end);
  from.at = end;
  if (isKnownAgain(text)) from.texts.push(text);
  return text;
}

export function takeOptionalText(from: StateReader): string | undefined {
  return takeCount(from) === 0 ? undefined : takeText(from);
}

/** As many values as are said to follow. */
export function takeList<T>(from: StateReader, take: (from: StateReader) => T): T[] {
  const count = takeCount(from);
  const values: T[] = [];
  for (let index = 0; index < count; index += 1) values.push(take(from));
  return values;
}
