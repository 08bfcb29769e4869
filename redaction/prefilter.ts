import { anchorRules, bitsOf, RULES_A_SET, seenTable, tablesOf } from './anchors.ts';
import { assemble, CHUNK_BYTES_MAX, INPUT, MARKS, SEEN, writeTables } from './prefilter-module.ts';

/** Anchors of a stretch: a bit a byte, from its first byte on, and the bits of what stands in it anywhere. */
export interface Prefilter {
  /** Filled by `mark`, overwritten by the next. The bits behind the stretch's end mean nothing. */
  readonly marks: Int32Array;
  /** Marks up to `CHUNK_BYTES_MAX` bytes from `from` on, reading nothing outside of `start` and `end`, and gives what is seen. */
  mark(bytes: Uint8Array, start: number, end: number, from: number): number;
}

export { CHUNK_BYTES_MAX };

const sets = [0, 1].map((which) =>
  tablesOf(anchorRules.slice(which * RULES_A_SET, (which + 1) * RULES_A_SET)),
);

/** For each byte the bits of the rules it may be the anchor of, stand before, or stand behind: the same for both ways. */
export const atBits = wideTable(({ at }) => at, 0);
export const beforeBits = wideTable(({ before }) => before, inverted());
export const behindBits = wideTable(({ behind }) => behind, 0);
export const seenBits = Uint8Array.from({ length: 256 }, (_, byte) => bitsOf(seenTable, byte));

function inverted(): number {
  return sets.reduce((bits, set, which) => bits | (set.inverted << (which * RULES_A_SET)), 0);
}

function wideTable(part: (set: (typeof sets)[number]) => Uint8Array, flip: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    const bits = sets.map((set, which) => bitsOf(part(set), byte) << (which * RULES_A_SET));
    return bits.reduce((all, one) => all | one, 0) ^ flip;
  });
}

/** The way without WebAssembly. */
export function createPlainPrefilter(): Prefilter {
  const marks = new Int32Array(CHUNK_BYTES_MAX / 32);
  return {
    marks,
    mark: (bytes, start, end, from) => {
      const stop = Math.min(end, from + CHUNK_BYTES_MAX);
      marks.fill(0, 0, (stop - from + 31) >> 5);
      let seen = 0;
      let before = from > start ? (bytes[from - 1] ?? 0) : 0;
      for (let at = from; at < stop; at += 1) {
        const byte = bytes[at] ?? 0;
        seen |= seenBits[byte] ?? 0;
        const behind = at + 1 < end ? (bytes[at + 1] ?? 0) : 0;
        if (((atBits[byte] ?? 0) & (beforeBits[before] ?? 0) & (behindBits[behind] ?? 0)) !== 0) {
          const index = at - from;
          marks[index >> 5] = (marks[index >> 5] ?? 0) | (1 << (index & 31));
        }
        before = byte;
      }
      return seen;
    },
  };
}

/** The way with WebAssembly and its vectors, some ten times as fast; null where they are not to be had. */
export function createVectorPrefilter(): Prefilter | null {
  const instance = instantiate();
  if (instance === null) return null;
  const { memory, mark } = instance;
  const inside = new Uint8Array(memory.buffer);
  writeTables(inside, sets, seenTable);
  const seen = new Int32Array(memory.buffer, SEEN, 4);
  return {
    marks: new Int32Array(memory.buffer, MARKS, CHUNK_BYTES_MAX / 32),
    mark: (bytes, start, end, from) => {
      const stop = Math.min(end, from + CHUNK_BYTES_MAX);
      const length = stop - from;
      inside[INPUT - 1] = from > start ? (bytes[from - 1] ?? 0) : 0;
      inside.set(bytes.subarray(from, stop), INPUT);
      // What a longer text left behind the end is no part of this one.
      inside.fill(0, INPUT + length, INPUT + length + 17);
      if (stop < end) inside[INPUT + length] = bytes[stop] ?? 0;
      mark(length);
      const all = (seen[0] ?? 0) | (seen[1] ?? 0) | (seen[2] ?? 0) | (seen[3] ?? 0);
      return (all | (all >> 8) | (all >> 16) | (all >>> 24)) & 0xff;
    },
  };
}

// The part that is used of it: the types of Node know it only together with a browser's.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => {
    readonly exports: { readonly memory?: unknown; readonly mark?: unknown };
  };
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
};

type Instance = {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly mark: (length: number) => void;
};

function instantiate(): Instance | null {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble()));
    const { memory, mark } = exports;
    if (!(memory instanceof WebAssembly.Memory) || typeof mark !== 'function') return null;
    return { memory, mark: (length) => void mark(length) };
  } catch {
    return null;
  }
}

const byDepth: Prefilter[] = [];

/**
 * The faster way that there is, one for each depth of texts decoded out of texts: the inner one is marked while marks of the outer one
 * are still to be visited.
 */
export function prefilterAt(depth: number): Prefilter {
  return (byDepth[depth] ??= createVectorPrefilter() ?? createPlainPrefilter());
}
