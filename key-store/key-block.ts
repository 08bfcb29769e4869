import { createCipheriv } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { TRACE_KEY_BYTES } from './trace-keys.ts';

/** Identifies a trace of a tenant within the store: 16 bytes. */
export const KEY_ID_BYTES = 16;

/**
 * Keys of one tenant as they were made together:
 *
 *     length u32 · check u32 · count u32 · tenant length u16 · tenant · IV 16 · destroyed flags 1 × count · ids 16 × count · wrapped keys 32 × count
 *
 * Integers are big-endian; `length` counts the whole block, `check` is the CRC-32 of all after it as it was first written. The keys are
 * wrapped by AES-256-CTR under the tenant's wrapping key, so that each can be overwritten by itself; that a key is the right one shows in every
 * commitment made with it. A destroyed key is 32 zero bytes, and flagged.
 */
export type KeyBlock = {
  readonly tenant: string;
  readonly iv: Buffer;
  readonly flags: Buffer;
  readonly ids: Buffer;
  readonly wrapped: Buffer;
  /** From the block's first byte to its flags and to its wrapped keys. */
  readonly flagsAt: number;
  readonly wrappedAt: number;
  readonly bytes: number;
};

const FIXED_BYTES = 4 + 4 + 4 + 2;
const IV_BYTES = 16;

export type NewKeys = {
  readonly tenant: string;
  readonly iv: Buffer;
  /** 16 bytes each. */
  readonly ids: readonly Buffer[];
  /** 32 bytes each, one after the other. */
  readonly keys: Buffer;
};

export function encodeKeyBlock(made: NewKeys, wrappingKey: Uint8Array): Buffer {
  const tenant = Buffer.from(made.tenant);
  const head = Buffer.alloc(FIXED_BYTES);
  const flags = Buffer.alloc(made.ids.length);
  const wrapped = applyKeystream(wrappingKey, made.iv, made.keys);
  const block = Buffer.concat([head, tenant, made.iv, flags, ...made.ids, wrapped]);
  block.writeUInt32BE(block.length, 0);
  block.writeUInt32BE(made.ids.length, 8);
  block.writeUInt16BE(tenant.length, 12);
  block.writeUInt32BE(crc32(block.subarray(8)), 4);
  return block;
}

/** The block at a place of a file; undefined when what stands there is none: cut short, or not as it was written. */
export function readKeyBlock(file: Buffer, at: number): KeyBlock | undefined {
  if (at + FIXED_BYTES > file.length) return undefined;
  const bytes = file.readUInt32BE(at);
  const count = file.readUInt32BE(at + 8);
  const tenantBytes = file.readUInt16BE(at + 12);
  const flagsAt = FIXED_BYTES + tenantBytes + IV_BYTES;
  const wrappedAt = flagsAt + count * (1 + KEY_ID_BYTES);
  if (bytes !== wrappedAt + count * TRACE_KEY_BYTES || at + bytes > file.length) return undefined;
  const block = file.subarray(at, at + bytes);
  const flags = block.subarray(flagsAt, flagsAt + count);
  // Only a block that was whole can have lost a key since; then its check is of what it was.
  const touched = flags.some((flag) => flag !== 0);
  if (!touched && crc32(block.subarray(8)) !== block.readUInt32BE(4)) return undefined;
  return {
    tenant: block.toString('utf8', FIXED_BYTES, FIXED_BYTES + tenantBytes),
    iv: block.subarray(flagsAt - IV_BYTES, flagsAt),
    flags,
    ids: block.subarray(flagsAt + count, wrappedAt),
    wrapped: block.subarray(wrappedAt),
    flagsAt,
    wrappedAt,
    bytes,
  };
}

/** The places of the wanted ids (as latin1 text) among those of the block. */
export function slotsOf(block: KeyBlock, wanted: ReadonlySet<string>): readonly number[] {
  const slots: number[] = [];
  for (let at = 0; at < block.ids.length; at += KEY_ID_BYTES) {
    if (wanted.has(block.ids.toString('latin1', at, at + KEY_ID_BYTES)))
      slots.push(at / KEY_ID_BYTES);
  }
  return slots;
}

/** The key in a slot; null when it was destroyed. */
export function unwrapKey(block: KeyBlock, slot: number, wrappingKey: Uint8Array): Buffer | null {
  if (block.flags[slot] !== 0) return null;
  const end = (slot + 1) * TRACE_KEY_BYTES;
  const keys = applyKeystream(wrappingKey, block.iv, block.wrapped.subarray(0, end));
  return Buffer.from(keys.subarray(end - TRACE_KEY_BYTES));
}

/** All keys of a block in their order; null for one that was destroyed. */
export function unwrapKeys(block: KeyBlock, wrappingKey: Uint8Array): readonly (Buffer | null)[] {
  const keys = applyKeystream(wrappingKey, block.iv, block.wrapped);
  return Array.from(block.flags, (flag, slot) => {
    const from = slot * TRACE_KEY_BYTES;
    return flag === 0 ? Buffer.from(keys.subarray(from, from + TRACE_KEY_BYTES)) : null;
  });
}

/** Wraps and unwraps. Source: NIST SP 800-38A §6.5. */
function applyKeystream(key: Uint8Array, iv: Buffer, bytes: Uint8Array): Buffer {
  return createCipheriv('aes-256-ctr', key, iv).update(bytes);
}
