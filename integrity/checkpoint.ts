import { fromBase64, readDecimal, toBase64 } from './bytes.ts';
import { IntegrityError } from './errors.ts';
import { HASH_BYTES } from './merkle.ts';

/** A tree's head: which log, how many leaves, which root. The text of a note. Source: C2SP tlog-checkpoint. */
export type Checkpoint = {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Lines behind the three; we write none, others may. */
  readonly extensions?: readonly string[];
};

/** The text to be signed: three lines, and the extensions. Reading it gives the same again. */
export function formatCheckpoint({ origin, size, root, extensions = [] }: Checkpoint): string {
  const text = [origin, size, toBase64(root), ...extensions].map((line) => `${line}\n`).join('');
  parseCheckpoint(text);
  return text;
}

/** Reads a note's text; CHECKPOINT_MALFORMED where it is no checkpoint, or its size is beyond 2^53 − 1. */
export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith('\n')) throw malformed('its last line has no end');
  const lines = text.slice(0, -1).split('\n');
  if (lines.some((line) => line === '')) throw malformed('it has an empty line');
  const [origin, sizeText, rootText, ...extensions] = lines;
  if (origin === undefined || sizeText === undefined || rootText === undefined) {
    throw malformed('it has fewer than three lines');
  }
  const size = readDecimal(sizeText);
  if (size === undefined) throw malformed('its size is not a decimal number');
  const head = { origin, size, root: readRoot(rootText) };
  return extensions.length > 0 ? { ...head, extensions } : head;
}

function readRoot(base64: string): Uint8Array {
  const root = decode(base64);
  if (root?.length !== HASH_BYTES) throw malformed('its root is not base64 of 32 bytes');
  return root;
}

function decode(base64: string): Uint8Array | undefined {
  try {
    return fromBase64(base64);
  } catch {
    return undefined;
  }
}

function malformed(why: string): IntegrityError {
  return new IntegrityError('CHECKPOINT_MALFORMED', why);
}
