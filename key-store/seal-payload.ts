import { createCipheriv, createDecipheriv, createSecretKey, hash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { AuditRecord, PayloadField } from '../schemas/record-types.ts';
import { commitmentOf, recordMaterial } from './trace-secrets.ts';

/** A record as it may lie in a log that outlives its payload: what is secret of it is under the key of its home trace. */
export type SealedRecord = {
  readonly record: AuditRecord;
  /** What goes with it into its leaf; empty where the key was destroyed before. */
  readonly blind: string;
};

/**
 * Encrypts a record's payload: its fields as one AES-256-GCM message under a key of the record, record id and field names as associated data; a long value is
 * compressed before where that pays. In the place of each value's digest stands its salted commitment, and of all commitments comes the nonce: two payloads never
 * share one, and the same record gives the same bytes again. Where the trace's key was destroyed, sizes stay and values go. Source: NIST SP 800-38D.
 */
export function sealPayload(record: AuditRecord, traceKey: Uint8Array | null): SealedRecord {
  const { recordId, payload } = record;
  if (traceKey === null) return { record: { ...record, payload: payload.map(erased) }, blind: '' };
  const { blind, payloadKey, salts } = recordMaterial(traceKey, recordId, payload.length);
  if (payload.length === 0) return { record, blind };
  const sealed = payload.map((field, at) => {
    const { name, value } = field;
    const digest = commitmentOf(salts[at] ?? NOTHING, name, value);
    const packed = value.length < PACKED_BYTES_MIN ? value : zstdCompressSync(value);
    const isPacked = packed.length < value.length;
    const encoding = isPacked ? PACKED_ENCODING : ENCODING;
    return { ...field, value: isPacked ? packed : value, encoding, keyId: TRACE_KEY_ID, digest };
  });
  // A cipher costs more than all else here, so there is one a record; given a key object it costs a third of what it does with bytes.
  const cipher = createCipheriv(CIPHER, createSecretKey(payloadKey), nonceOf(sealed));
  cipher.setAAD(aadOf(recordId, sealed));
  const values = sealed.map(({ value }) => cipher.update(value));
  cipher.final();
  const [first = NOTHING, ...others] = values;
  const written = [Buffer.concat([cipher.getAuthTag(), first]), ...others];
  const fields = sealed.map((field, at) => ({ ...field, value: written[at] ?? NOTHING }));
  return { record: { ...record, payload: fields }, blind };
}

/** A value and what opens the commitment to it. */
export type OpenedValue = { readonly value: Buffer; readonly salt: Buffer };

/** What {@link sealPayload} encrypted, in order; undefined where it is not what was encrypted under this key. */
export function openPayload(
  payload: readonly PayloadField[],
  recordId: string,
  traceKey: Uint8Array,
): readonly OpenedValue[] | undefined {
  const [first] = payload;
  if (first === undefined) return [];
  const { payloadKey, salts } = recordMaterial(traceKey, recordId, payload.length);
  if (payload.some(({ encoding }) => encoding !== ENCODING && encoding !== PACKED_ENCODING)) {
    return undefined;
  }
  try {
    const decipher = createDecipheriv(CIPHER, createSecretKey(payloadKey), nonceOf(payload));
    decipher.setAAD(aadOf(recordId, payload));
    decipher.setAuthTag(first.value.subarray(0, TAG_BYTES));
    const values = payload.map(({ value }, at) =>
      decipher.update(at === 0 ? value.subarray(TAG_BYTES) : value),
    );
    decipher.final();
    return values.map((value, at) => ({
      value: unpacked(value, payload[at]),
      salt: salts[at] ?? NOTHING,
    }));
  } catch {
    return undefined;
  }
}

const CIPHER = 'aes-256-gcm';
const ENCODING = 'aes-256-gcm';
const PACKED_ENCODING = 'zstd+aes-256-gcm';
/** The key that the record's home trace names. */
const TRACE_KEY_ID = 'trace';
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
/** Below this, packing costs more than it saves. */
const PACKED_BYTES_MIN = 1024;
const VALUE_BYTES_MAX = 1024 * 1024;
const NOTHING = Buffer.alloc(0);

function erased(field: PayloadField): PayloadField {
  return { ...field, value: NOTHING, encoding: ENCODING, digest: '', truncated: true };
}

function unpacked(value: Buffer, field: PayloadField | undefined): Buffer {
  if (field?.encoding !== PACKED_ENCODING) return value;
  return zstdDecompressSync(value, { maxOutputLength: VALUE_BYTES_MAX });
}

function nonceOf(fields: readonly PayloadField[]): Buffer {
  const commitments = fields.map(({ digest }) => digest).join();
  return hash('sha256', commitments, 'buffer').subarray(0, NONCE_BYTES);
}

function aadOf(recordId: string, fields: readonly PayloadField[]): Buffer {
  return Buffer.from([recordId, ...fields.map(({ name }) => name)].join('\0'));
}
