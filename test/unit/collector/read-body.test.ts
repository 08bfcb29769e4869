import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gunzipBody, readBody } from '../../../collector/read-body.ts';

const MIB = 1024 * 1024;
const free = (): void => undefined;

describe('reading a body', () => {
  it('joins its pieces', async () => {
    const body = Readable.from([Buffer.from('ab'), Buffer.from('c')]);
    expect(String(await readBody(body, { bytesMax: 3, hold: free }))).toBe('abc');
  });

  it('holds each piece before it is kept, and stops when there is no room', async () => {
    const held: number[] = [];
    const body = Readable.from([Buffer.from('ab'), Buffer.from('c'), Buffer.from('d')]);
    const hold = (bytes: number): void => {
      if (held.length === 2) throw new Error('no room');
      held.push(bytes);
    };
    await expect(readBody(body, { bytesMax: 10, hold })).rejects.toThrow('no room');
    expect(held).toEqual([2, 1]);
  });

  it('stops a gzip bomb at the limit, having kept no more than the limit', async () => {
    let held = 0;
    const hold = (bytes: number): void => void (held += bytes);
    const bomb = gzipSync(Buffer.alloc(200 * MIB));
    await expect(gunzipBody(bomb, { bytesMax: MIB, hold })).rejects.toMatchObject({
      code: 'COLLECTOR_REQUEST_TOO_LARGE',
    });
    expect(held).toBeLessThanOrEqual(MIB);
  });

  it('takes gzip of exactly the limit, and of several members', async () => {
    const limits = { bytesMax: MIB, hold: free };
    expect(await gunzipBody(gzipSync(Buffer.alloc(MIB)), limits)).toHaveLength(MIB);
    const members = Buffer.concat([gzipSync('ab'), gzipSync('c')]);
    expect(String(await gunzipBody(members, limits))).toBe('abc');
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['no gzip', Buffer.from('span')],
    ['cut off', gzipSync('span').subarray(0, -1)],
    ['a wrong checksum', Buffer.concat([gzipSync('span').subarray(0, -8), Buffer.alloc(8)])],
  ])('takes %s for malformed', async (_, compressed) => {
    await expect(gunzipBody(compressed, { bytesMax: 10, hold: free })).rejects.toMatchObject({
      code: 'COLLECTOR_REQUEST_MALFORMED',
    });
  });
});
