import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { otlpRequests } from '../../../cli/otlp-requests.ts';
import { retryAfterMs } from '../../../cli/post-otlp.ts';

const texts = (bodies: readonly Uint8Array[]) => bodies.map((body) => Buffer.from(body).toString());

describe('a file of OTLP', () => {
  it('is sent as it is when it is small, gzipped or not', () => {
    const json = '{"resourceSpans": [{"a": 1}]}';
    for (const file of [Buffer.from(json), gzipSync(json)]) {
      const { contentType, bodies } = otlpRequests(file, 1000);
      expect(contentType).toBe('application/json');
      expect(texts(bodies)).toEqual([json]);
    }
  });

  it('is one request a line when it is JSON lines, and one when it is JSON over many lines', () => {
    expect(texts(otlpRequests(Buffer.from('{"a":1}\n{"b":2}\n'), 1000).bodies)).toEqual([
      '{"a":1}',
      '{"b":2}',
    ]);
    expect(otlpRequests(Buffer.from('{\n "a": 1\n}\n'), 1000).bodies).toHaveLength(1);
  });

  it('is cut between resources when it is too large for one request', () => {
    // Field 1, three bytes, three times: the bytes of ExportTraceServiceRequest by hand.
    const resource = Buffer.from([0x0a, 0x03, 0x12, 0x01, 0x00]);
    const file = Buffer.concat([resource, resource, resource]);
    const { contentType, bodies } = otlpRequests(file, 10);
    expect(contentType).toBe('application/x-protobuf');
    expect(bodies.map((body) => body.length)).toEqual([10, 5]);
    expect(Buffer.concat(bodies)).toEqual(file);
    const json = JSON.stringify({ resourceSpans: [{ a: 1 }, { b: 2 }, { c: 3 }] });
    expect(texts(otlpRequests(Buffer.from(json), 16).bodies)).toEqual([
      '{"resourceSpans":[{"a":1},{"b":2}]}',
      '{"resourceSpans":[{"c":3}]}',
    ]);
  });

  it('is left to the collector to judge when it is nothing that can be cut', () => {
    const file = Buffer.from([0x0a, 0xff, 0xff, 0x01]);
    expect(otlpRequests(file, 2).bodies).toEqual([file]);
  });
});

describe('the wait before another attempt', () => {
  it('is what the receiver asks for, else doubles, and is bounded', () => {
    expect(retryAfterMs('3', 1)).toBe(3000);
    expect(retryAfterMs(new Date(Date.now() + 5000).toUTCString(), 1)).toBeGreaterThan(3000);
    expect([1, 2, 3].map((attempt) => retryAfterMs(null, attempt))).toEqual([500, 1000, 2000]);
    expect(retryAfterMs('86400', 1)).toBe(30_000);
    expect(retryAfterMs(null, 60)).toBe(30_000);
  });

  it('does not take an empty file for a request', () => {
    expect(() => otlpRequests(Buffer.alloc(0), 1000)).toThrow('the file is empty');
  });
});
