import type { RuleTables } from './anchors.ts';
import { RULES_A_SET } from './anchors.ts';

/**
 * A WebAssembly module that marks the anchors of 16 bytes at a time, assembled here from its instructions. Its one function
 * `mark(length)` reads `length` bytes at {@link INPUT} (the byte before them and the one behind count too), and writes a bit a byte at
 * {@link MARKS}, and the bits of what was seen anywhere as 16 bytes at {@link SEEN}.
 *
 * A look-up of a byte in a set is two look-ups of half a byte (`i8x16.swizzle`), joined by `and`; eight sets at a time, a bit each.
 */
export function assemble(): Uint8Array<ArrayBuffer> {
  const body = [...locals, ...loadTables(), ...loop(), ...storeSeen(), END];
  const code = [...unsigned(body.length), ...body];
  return Uint8Array.from([
    ...header,
    ...section(1, [1, 0x60, 1, I32, 0]), // one type: (i32) → nothing
    ...section(3, [1, 0]), // one function of it
    ...section(5, [1, 0, PAGES]), // one memory
    ...section(7, [2, ...exported('memory', 2), ...exported('mark', 0)]),
    ...section(10, [1, ...code]),
  ]);
}

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** Where the tables stand: for each set at, before, behind, 32 bytes each; then what is seen. */
export const TABLES = 0;
export const SEEN = 512;
export const MARKS = 1024;
export const INPUT = 8192;
/** As many bytes are marked at once. */
export const CHUNK_BYTES_MAX = 49_152;
const PAGES = 1;
const TABLE_BYTES = 32;
const TABLES_A_SET = 4;

/** Writes the tables as the module wants them; the fourth of a set says which rules are inverted. */
export function writeTables(
  memory: Uint8Array,
  sets: readonly RuleTables[],
  seen: Uint8Array,
): void {
  sets.forEach(({ at, before, behind, inverted }, index) => {
    const base = TABLES + index * TABLES_A_SET * TABLE_BYTES;
    memory.set(at, base);
    memory.set(before, base + TABLE_BYTES);
    memory.set(behind, base + 2 * TABLE_BYTES);
    memory.fill(inverted, base + 3 * TABLE_BYTES, base + 3 * TABLE_BYTES + 16);
  });
  memory.set(seen, TABLES + SETS * TABLES_A_SET * TABLE_BYTES);
}

const SETS = 16 / RULES_A_SET;

// Locals. 0 is `length`, 1 the place; the rest are vectors.
const LENGTH = 0;
const AT = 1;
const BYTES = 2;
const LOW = 3;
const HIGH = 4;
const FOUND = 5;
const ONE_SET = 6;
const ALL_SEEN = 7;
const FIRST_TABLE = 8;
const TABLE_COUNT = SETS * 7 + 2;

const I32 = 0x7f;
const V128 = 0x7b;
const END = 0x0b;

const locals = [2, 1, I32, ...unsigned(FIRST_TABLE - BYTES + TABLE_COUNT), V128];

const get = (local: number): number[] => [0x20, ...unsigned(local)];
const set = (local: number): number[] => [0x21, ...unsigned(local)];
const constant = (value: number): number[] => [0x41, ...signed(value)];
const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
const loadAt = (offset: number): number[] => [...simd(0x00), 0, ...unsigned(offset)];
const swizzle = simd(0x0e);
const splat = simd(0x0f);
const notEqual = simd(0x24);
const and = simd(0x4e);
const or = simd(0x50);
const xor = simd(0x51);
const bitmask = simd(0x64);
const shiftRight = simd(0x6d);

// The local of a set's table: at low, at high, before low, before high, behind low, behind high, inverted.
function table(which: number, part: number): number {
  return FIRST_TABLE + which * 7 + part;
}

const seenTables = FIRST_TABLE + SETS * 7;

function loadTables(): number[] {
  const code: number[] = [];
  for (let which = 0; which < SETS; which += 1) {
    for (let part = 0; part < 7; part += 1) {
      const address = TABLES + which * TABLES_A_SET * TABLE_BYTES + part * 16;
      code.push(...constant(0), ...loadAt(address), ...set(table(which, part)));
    }
  }
  const seen = TABLES + SETS * TABLES_A_SET * TABLE_BYTES;
  code.push(...constant(0), ...loadAt(seen), ...set(seenTables));
  code.push(...constant(0), ...loadAt(seen + 16), ...set(seenTables + 1));
  return code;
}

function loop(): number[] {
  const body = [
    halves(INPUT),
    [get(ALL_SEEN), lookUp(seenTables), or, set(ALL_SEEN)],
    [lookUp(table(0, 0)), set(FOUND), lookUp(table(1, 0)), set(ONE_SET)],
    halves(INPUT - 1),
    narrow(FOUND, [...lookUp(table(0, 2)), ...get(table(0, 6)), ...xor]),
    narrow(ONE_SET, [...lookUp(table(1, 2)), ...get(table(1, 6)), ...xor]),
    halves(INPUT + 1),
    narrow(FOUND, lookUp(table(0, 4))),
    narrow(ONE_SET, lookUp(table(1, 4))),
    // memory[MARKS + at / 8] = a bit for each byte with any rule's bit
    [get(AT), constant(3), [SHIFT_RIGHT]],
    [get(FOUND), get(ONE_SET), or, constant(0), splat, notEqual, bitmask],
    [STORE_16, 0, unsigned(MARKS)],
    // at += 16; again while at < length
    [get(AT), constant(16), ADD, set(AT)],
    [get(AT), get(LENGTH), LESS_UNSIGNED, BRANCH_IF, 0],
  ];
  return [LOOP, NO_RESULT, ...body.flat(2), END];
}

const SHIFT_RIGHT = 0x76;
const STORE_16 = 0x3b;
const ADD = 0x6a;
const LESS_UNSIGNED = 0x49;
const BRANCH_IF = 0x0d;
const LOOP = 0x03;
const NO_RESULT = 0x40;

// 16 bytes from a place on, in halves.
function halves(offset: number): number[] {
  return [
    [get(AT), loadAt(offset), set(BYTES)],
    [get(BYTES), constant(15), splat, and, set(LOW)],
    [get(BYTES), constant(4), shiftRight, set(HIGH)],
  ].flat(2);
}

function lookUp(low: number): number[] {
  return [get(low), get(LOW), swizzle, get(low + 1), get(HIGH), swizzle, and].flat();
}

function narrow(local: number, by: number[]): number[] {
  return [...get(local), ...by, ...and, ...set(local)];
}

function storeSeen(): number[] {
  return [...constant(0), ...get(ALL_SEEN), ...simd(0x0b), 0, ...unsigned(SEEN)];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function exported(name: string, kind: number): number[] {
  return [name.length, ...Array.from(name, (letter) => letter.charCodeAt(0)), kind, 0];
}

// LEB128.
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const low = value & 127;
  const rest = value >> 7;
  const isLast = (rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0);
  return isLast ? [low] : [low | 128, ...signed(rest)];
}
