import { createDecipheriv, createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateRecords } from '../../../bench/generated-records.ts';
import { openPayload, sealPayload } from '../../../key-store/seal-payload.ts';
import type { PayloadField } from '../../../schemas/record-types.ts';

const KEY = Buffer.alloc(32, 7);
const [record] = generateRecords({
  startUs: 1_790_000_000_000_000,
  stepUs: 1_000,
  tenants: ['acme'],
  revisedOneIn: 10,
  payloadChars: 60,
  seed: 1,
  count: 1,
});
if (record === undefined) throw new Error('One record is needed.');
const whole = { ...record, payload: [fieldOf('arguments', '{"to":"ana"}'), long()] };

function fieldOf(name: string, value: string): PayloadField {
  const [like] = record?.payload ?? [];
  if (like === undefined) throw new Error('A field is needed.');
  return { ...like, name, value: Buffer.from(value) };
}

function long(): PayloadField {
  return fieldOf('result', 'to whom it may concern '.repeat(400));
}

describe('a sealed payload', () => {
  it('opens under its trace’s key to what it was', () => {
    const { record: sealed } = sealPayload(whole, KEY);
    const values = whole.payload.map(({ value }) => value);
    const opened = openPayload(sealed.payload, whole.recordId, KEY);
    expect(opened?.map(({ value }) => value)).toEqual(values);
    for (const [at, { value, salt }] of (opened ?? []).entries()) {
      const { name = '', digest } = sealed.payload[at] ?? {};
      const text = Buffer.concat([Buffer.from(`${name}\0`), value]);
      expect(createHmac('sha256', salt).update(text).digest('base64url')).toBe(digest);
    }
  });

  it('is AES-256-GCM under what SHAKE256 makes of the key, its commitment an HMAC of its own salt', () => {
    const one = { ...whole, payload: whole.payload.slice(0, 1) };
    const { record: sealed, blind } = sealPayload(one, KEY);
    const [field] = sealed.payload;
    if (field === undefined) throw new Error('A field is needed.');
    const id = whole.recordId;
    const made = createHash('shake256', { outputLength: 80 })
      .update(KEY)
      .update(`waybill/record/v1\0${id}`)
      .digest();
    const [salt, key] = [made.subarray(48, 80), made.subarray(16, 48)];
    const commitment = createHmac('sha256', salt).update('arguments\0{"to":"ana"}').digest();
    expect(field.digest).toBe(commitment.toString('base64url'));
    expect(blind).toBe(made.toString('base64url', 0, 16));
    const nonce = createHash('sha256').update(field.digest).digest().subarray(0, 12);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce);
    decipher.setAAD(Buffer.from(`${id}\0arguments`));
    decipher.setAuthTag(field.value.subarray(0, 16));
    const value = decipher.update(field.value.subarray(16));
    expect(Buffer.concat([value, decipher.final()]).toString()).toBe('{"to":"ana"}');
  });

  it('holds neither value nor plain digest, and what repeats itself is packed', () => {
    const { record: sealed } = sealPayload(whole, KEY);
    const bytes = Buffer.concat(sealed.payload.map(({ value }) => value));
    for (const told of ['ana', 'concern']) expect(bytes.includes(told)).toBe(false);
    const plain = whole.payload.map(({ digest }) => digest);
    expect(sealed.payload.map(({ digest }) => digest)).not.toEqual(plain);
    expect(sealed.payload[1]?.encoding).toBe('zstd+aes-256-gcm');
    expect(sealed.payload[1]?.value.length).toBeLessThan(200);
  });

  it('is the same again for the same record, and shares no nonce with another value', () => {
    const again = sealPayload(whole, KEY);
    expect(again).toEqual(sealPayload(whole, KEY));
    const other = { ...whole, payload: [fieldOf('arguments', '{"to":"ben"}')] };
    expect(sealPayload(other, KEY).record.payload[0]?.digest.slice(0, 16)).not.toBe(
      again.record.payload[0]?.digest.slice(0, 16),
    );
  });

  it('does not open under another key, another record, another name, or changed', () => {
    const { payload } = sealPayload(whole, KEY).record;
    const id = whole.recordId;
    expect(openPayload(payload, id, Buffer.alloc(32, 8))).toBeUndefined();
    expect(openPayload(payload, `${id}1`, KEY)).toBeUndefined();
    expect(openPayload(payload.toReversed(), id, KEY)).toBeUndefined();
    expect(openPayload(payload.slice(0, 1), id, KEY)).toBeUndefined();
    for (const [which, field] of payload.entries()) {
      const changed = (one: Partial<PayloadField>) => payload.with(which, { ...field, ...one });
      expect(openPayload(changed({ name: 'other' }), id, KEY)).toBeUndefined();
      expect(openPayload(changed({ value: field.value.subarray(0, 10) }), id, KEY)).toBeUndefined();
      for (let at = 0; at < field.value.length; at += 1) {
        const value = Buffer.from(field.value);
        value[at] = (value[at] ?? 0) ^ 1;
        expect(openPayload(changed({ value }), id, KEY)).toBeUndefined();
      }
    }
  });

  it('of a trace whose key was destroyed says sizes and no more', () => {
    const { record: sealed, blind } = sealPayload(whole, null);
    expect(blind).toBe('');
    for (const [at, field] of sealed.payload.entries()) {
      expect(field).toMatchObject({ digest: '', truncated: true });
      expect(field.value).toHaveLength(0);
      expect(field.bytes).toBe(whole.payload[at]?.bytes);
    }
  });
});
