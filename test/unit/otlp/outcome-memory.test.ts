import { serialize } from 'node:v8';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rewriteTraces } from '../../../otlp/rewrite-traces.ts';
import { createNotes, noteAgain, noteReceipt, notesFields } from '../../../otlp/span-notes.ts';
import { createRedactor } from '../../../redaction/redactor.ts';
import type { TenantRedactor } from '../../../redaction/redactor.ts';
import { limits } from '../../../schemas/limits.ts';
import { encodeTraces, request, span, text } from './otlp-messages.ts';

const CARD = '4111 1111 1111 1111';
const SECRET = `ghp_${'c4n4ry'.repeat(6)}`;

function redactorOf(seed: number): TenantRedactor {
  const key = (at: number): Buffer => Buffer.alloc(32, seed + at);
  return createRedactor({
    tenant: 'default',
    keys: { principal: key(1), session: key(2), token: key(3) },
  });
}

type Sent = { readonly message: object; readonly valueBytesMax?: number };

function bytesOf(redactor: TenantRedactor, { message, valueBytesMax }: Sent): string {
  const { parts, redactions } = rewriteTraces(encodeTraces(message), {
    partitions: 2,
    redactor,
    limits: valueBytesMax ? { ...limits, valueBytesMax } : limits,
  });
  const counted = [...redactions].map(([{ rule, action }, count]) => [rule, action, count]);
  return JSON.stringify([parts.map(({ bytes }) => Buffer.from(bytes).toString('hex')), counted]);
}

const keys = ['user.id', 'mcp.session.id', 'note', 'db.password', 'waybill.receipts', ''];
const values = [
  'ana',
  'b'.repeat(20),
  CARD,
  SECRET,
  'x'.repeat(200),
  '',
  `${CARD} ${SECRET}`,
  '🙂',
];
const attribute = fc
  .tuple(fc.constantFrom(...keys), fc.constantFrom(...values))
  .map(([key, value]) => text(key, value));
const message = fc
  .array(fc.array(attribute, { maxLength: 4 }), { minLength: 1, maxLength: 3 })
  .map((spans) => request(spans.map((attributes, at) => span({ name: `n${at % 2}`, attributes }))));

describe('what is remembered of attributes and resources', () => {
  it('never shows: the same requests become the same bytes and counts as without a memory', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 8 }), (messages) => {
        const redactor = redactorOf(10);
        // Remembered is what comes a second time, used what comes a third.
        for (const sent of [...messages, ...messages, ...messages]) {
          const remembered = bytesOf(redactor, { message: sent });
          expect(remembered).toBe(bytesOf(redactorOf(10), { message: sent }));
          redactor.takePrincipals();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is of one redactor: another key gives other tokens for bytes that were seen before', () => {
    const sent = { message: request([span({ attributes: [text('user.id', 'ana')] })]) };
    const [one, other] = [redactorOf(20), redactorOf(30)];
    for (let time = 0; time < 3; time += 1) bytesOf(one, sent);
    expect(bytesOf(other, sent)).not.toBe(bytesOf(one, sent));
    expect(bytesOf(other, sent)).toBe(bytesOf(redactorOf(30), sent));
  });

  it('is of one set of limits: what was kept whole is cut where less is allowed', () => {
    const attributes = [text('note', 'n'.repeat(120))];
    const sent = { message: request([span({ attributes })]) };
    const redactor = redactorOf(40);
    for (let time = 0; time < 3; time += 1) bytesOf(redactor, sent);
    const cut = { ...sent, valueBytesMax: 64 };
    expect(bytesOf(redactor, cut)).toBe(bytesOf(redactorOf(40), cut));
    expect(bytesOf(redactor, cut)).not.toBe(bytesOf(redactor, sent));
  });

  it('tells whom a value names with each request that has it', () => {
    const redactor = redactorOf(50);
    const sent = {
      message: request([span({ attributes: [text('user.id', 'ana'), text('user.id', 'bo')] })]),
    };
    for (let time = 0; time < 4; time += 1) {
      bytesOf(redactor, sent);
      expect(redactor.takePrincipals().map(({ name }) => name)).toEqual(['ana', 'bo']);
    }
  });

  it('is not made of a request that reached its limits', () => {
    const redactor = redactorOf(60);
    // Too long for the redactor's own memory of values.
    const attributes = [text('note', `card ${CARD} ${'n'.repeat(100)}`)];
    const sent = { message: request([span({ attributes })]) };
    const text5000 = Buffer.from('pwd=x '.repeat(5_000));
    bytesOf(redactor, sent);
    for (let done = 0; done < 40; done += 1) redactor.redactValue('', text5000);
    // Dropped here, for the limit was reached; and as usual again in the next request.
    for (let time = 0; time < 2; time += 1) bytesOf(redactor, sent);
    redactor.takePrincipals();
    expect(bytesOf(redactor, sent)).toBe(bytesOf(redactorOf(60), sent));
  });

  it('does not grow with what stood beside it: a receipt keeps no receipts of other values', () => {
    const receipts = Array.from({ length: 300 }, (_, at) => {
      const notes = createNotes();
      noteReceipt(notes, `user.${at}`, { rule: 'card', count: 1, action: 'mask' });
      return notes.receipts;
    }).flat();
    const sizes = receipts.slice(1).map((receipt, at) => {
      const notes = createNotes();
      for (const each of receipts.slice(at, at + 2)) noteAgain(notes, each);
      const first = notesFields(notes, 0x4a, 4096);
      for (let time = 0; time < 2; time += 1) {
        expect(notesFields(notes, 0x4a, 4096).equals(first)).toBe(true);
      }
      return serialize(receipt).length;
    });
    expect(Math.max(...sizes)).toBeLessThan(2000);
  });
});
