import { describe, expect, it } from 'vitest';
import { delimited } from '../../../otlp/edits.ts';
import { planRequest } from '../../../otlp/request-plan.ts';
import { createPass } from '../../../otlp/rewrite-pass.ts';
import { rewriteSpan } from '../../../otlp/rewrite-span.ts';
import { rewriteTraces } from '../../../otlp/rewrite-traces.ts';
import { cursorOver } from '../../../otlp/wire.ts';
import type { Redactor } from '../../../schemas/redactor.ts';
import { limits } from '../../../schemas/limits.ts';
import { readTraces, SPAN_ID, TRACE_ID } from './otlp-messages.ts';

const redactor: Redactor = {
  redactValue: () => null,
  redactBytes: () => null,
  isSensitiveKey: () => false,
};

// One span of nothing but its ids and so many unknown fields: `08 01` each.
function requestOfUnknownFields(fields: number): Buffer {
  const unknown = Buffer.from('0801'.repeat(fields), 'hex');
  const ids = '0a10' + TRACE_ID + '1208' + SPAN_ID;
  const body = Buffer.concat([Buffer.from(ids, 'hex'), unknown]);
  return delimitedBy(0x0a, delimitedBy(0x12, delimitedBy(0x12, body)));
}

function delimitedBy(tag: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag), delimited(body)]);
}

describe('the plan of a request', () => {
  it('keeps no more edits than befits the bytes that they are made to', () => {
    const bytes = requestOfUnknownFields(1000);
    const pass = createPass(cursorOver(bytes), redactor, limits);
    const { resources, accepted } = planRequest(pass, bytes.length, limits, rewriteSpan);
    const items = resources.flatMap(({ scopes }) => scopes.flatMap((scope) => scope.items));
    const edits = items.reduce((count, item) => count + (item.edits?.list.length ?? 0), 0);
    expect({ accepted, few: edits < bytes.length / 32 }).toEqual({ accepted: 1, few: true });
  });

  it('comes to the same for a span of few such fields and of many', () => {
    const made = [1, 3, 4, 1000].map((fields) => {
      const options = { partitions: 2, redactor, limits };
      return rewriteTraces(requestOfUnknownFields(fields), options).parts.map(({ bytes }) =>
        readTraces(bytes),
      );
    });
    for (const parts of made) expect(parts).toEqual(made[0]);
    expect(made[0]).toHaveLength(1);
  });
});
