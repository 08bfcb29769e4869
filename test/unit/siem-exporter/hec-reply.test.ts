import { describe, expect, it } from 'vitest';
import { judgeReply } from '../../../siem-exporter/hec-reply.ts';

function judge(status: number, body: unknown, eventCount = 10, retryAfter?: string) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return judgeReply({ status, body: text, retryAfter }, eventCount, Date.UTC(2026, 0, 1));
}

describe("the meaning of a receiver's answer", () => {
  // Splunk's table of reply codes: HTTP status, code, and what a sender does.
  it.each([
    [200, 0, 'accepted'],
    [403, 1, 'hold'],
    [401, 2, 'hold'],
    [401, 3, 'hold'],
    [403, 4, 'hold'],
    [400, 5, 'hold'],
    [400, 6, 'split'],
    [400, 7, 'hold'],
    [500, 8, 'retry'],
    [503, 9, 'retry'],
    [400, 10, 'hold'],
    [400, 11, 'hold'],
    [400, 12, 'split'],
    [400, 13, 'split'],
    [400, 14, 'hold'],
    [400, 15, 'split'],
    [400, 16, 'hold'],
    [503, 18, 'retry'],
    [503, 19, 'retry'],
    [503, 20, 'retry'],
    [400, 21, 'hold'],
    [400, 22, 'hold'],
    [503, 23, 'retry'],
    [200, 24, 'accepted'],
    [200, 25, 'accepted'],
    [429, 26, 'retry'],
    [429, 27, 'retry'],
    [400, 28, 'hold'],
  ])('HTTP %i, code %i: %s', (status, code, kind) => {
    expect(judge(status, { text: 't', code }).kind).toBe(kind);
  });

  it.each([
    [413, 'split'],
    [408, 'retry'],
    [429, 'retry'],
    [502, 'retry'],
    [504, 'retry'],
    [404, 'hold'],
    [415, 'hold'],
    [302, 'hold'],
    [400, 'hold'],
    [200, 'hold'],
  ])('HTTP %i from something that is no HEC: %s', (status, kind) => {
    expect(judge(status, '<html></html>').kind).toBe(kind);
    expect(judge(status, { code: 'zero' }).kind).toBe(kind);
    expect(judge(status, { code: 4711 }).kind).toBe(kind);
  });

  it('takes what comes before an event of bad format as indexed', () => {
    expect(judge(400, { code: 6, 'invalid-event-number': 3 })).toEqual({
      kind: 'reject_event',
      reason: 'hec_6',
      index: 3,
      indexedBefore: true,
    });
  });

  it('halves a batch refused at its first event, which may be a body too large for the cloud', () => {
    expect(judge(400, { code: 6, 'invalid-event-number': 0 }).kind).toBe('split');
    expect(judge(400, { code: 6, 'invalid-event-number': 0 }, 1)).toMatchObject({
      kind: 'reject_event',
      index: 0,
    });
  });

  it('refuses the one event that is named, and sends those before it again', () => {
    expect(judge(400, { code: 12, 'invalid-event-number': 0 })).toMatchObject({
      kind: 'reject_event',
      index: 0,
      indexedBefore: false,
    });
  });

  it('does not believe an event number beyond what was sent', () => {
    expect(judge(400, { code: 12, 'invalid-event-number': 10 }).kind).toBe('split');
    expect(judge(400, { code: 6, 'invalid-event-number': 99 }).kind).toBe('split');
  });

  it('never takes a success code for success when the status is another', () => {
    expect(judge(500, { code: 0 }).kind).toBe('hold');
  });

  it('slows down when the queue fills, and reads Retry-After in both its forms', () => {
    expect(judge(200, { code: 24 })).toMatchObject({ slowDown: true });
    expect(judge(503, { code: 9 }, 1, '7')).toMatchObject({ afterMs: 7_000 });
    const date = 'Thu, 01 Jan 2026 00:00:05 GMT';
    expect(judge(429, { code: 26 }, 1, date)).toMatchObject({ afterMs: 5_000 });
    expect(judge(503, { code: 9 }, 1, 'soon')).toMatchObject({ afterMs: null });
  });
});
