import { describe, expect, it } from 'vitest';
import { compareCaptures } from '../../emitters/compare-captures.ts';
import { declaredPackages, emitterScripts, pinOf } from '../../emitters/emitter-script.ts';
import { conversationOf, nextTurn } from '../../emitters/model/plan.ts';
import type { Capture, OtlpSpan } from '../../emitters/otlp-capture.ts';
import { spansOf } from '../../emitters/otlp-capture.ts';
import { trimCapture } from '../../emitters/trim-capture.ts';

const trace = 'aabbccddeeff00112233445566778899';

function captureOf(...spans: readonly Partial<OtlpSpan>[]): Capture {
  const whole = spans.map((span, index) => ({
    traceId: trace,
    spanId: `00000000000000${String(index + 10)}`,
    name: 'tools/call get_order',
    startTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(index) * 1_000_000n),
    endTimeUnixNano: String(1_700_000_000_500_000_000n + BigInt(index) * 1_000_000n),
    ...span,
  }));
  return {
    traces: { resourceSpans: [{ scopeSpans: [{ scope: { name: 's' }, spans: whole }] }] },
    logs: {},
  };
}

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

describe('a trimmed capture', () => {
  it('begins at one time and keeps durations and the order of spans', () => {
    const spans = spansOf(trimCapture(captureOf({}, {}), new Map())).map(({ span }) => span);
    const start = BigInt(Date.UTC(2026, 10, 21)) * 1_000_000n;
    expect(spans.map((span) => BigInt(span.startTimeUnixNano) - start)).toEqual([0n, 1_000_000n]);
    expect(spans.map((span) => BigInt(span.endTimeUnixNano) - start)).toEqual([
      500_000_000n,
      501_000_000n,
    ]);
  });

  it('keeps parents, links and ids in texts what they were to each other', () => {
    const child: Partial<OtlpSpan> = {
      parentSpanId: '0000000000000010',
      links: [{ traceId: trace, spanId: '0000000000000010' }],
      attributes: [text('traceparent', `00-${trace}-0000000000000010-01`)],
    };
    const [first, second] = spansOf(trimCapture(captureOf({}, child), new Map()));
    expect(second?.span.parentSpanId).toBe(first?.span.spanId);
    expect(second?.span.links?.[0]?.spanId).toBe(first?.span.spanId);
    const parent = second?.span.attributes?.[0]?.value?.stringValue;
    expect(parent).toBe(`00-${first?.span.traceId}-${first?.span.spanId}-01`);
    expect(parent).not.toContain(trace);
  });

  it('puts the length of a vendor’s text in its place, inside JSON too, and leaves arguments', () => {
    const long = 'Be careful. '.repeat(40);
    const attributes = [
      text('gen_ai.system_instructions', long),
      text('gen_ai.tool.call.arguments', '{"order_id":"A-1001"}'),
      text('input', JSON.stringify({ system: long, order_id: 'A-1001' })),
    ];
    const [only] = spansOf(trimCapture(captureOf({ attributes }), new Map()));
    expect(only?.span.attributes?.map(({ value }) => value?.stringValue)).toEqual([
      '<480 characters>',
      '{"order_id":"A-1001"}',
      '{"system":"<480 characters>","order_id":"A-1001"}',
    ]);
  });

  it('replaces places, and numbers of ports with them', () => {
    const places = new Map([['127.0.0.1:45678', '127.0.0.1:8200']]);
    const attributes = [
      text('url.full', 'http://127.0.0.1:45678/mcp'),
      { key: 'server.port', value: { intValue: '45678' } },
      { key: 'gen_ai.usage.input_tokens', value: { intValue: '45678' } },
    ];
    const [only] = spansOf(trimCapture(captureOf({ attributes }), places));
    expect(only?.span.attributes?.map(({ value }) => value)).toEqual([
      { stringValue: 'http://127.0.0.1:8200/mcp' },
      { intValue: '8200' },
      { intValue: '45678' },
    ]);
  });

  it('leaves out the repetitions of a program’s insides, never what speaks of calls or leads to them', () => {
    const inside = { name: 'poll', attributes: [] };
    const parent = { name: 'poll', spanId: '00000000000000ff', attributes: [] };
    const call = {
      parentSpanId: '00000000000000ff',
      attributes: [text('mcp.method.name', 'tools/call')],
    };
    const spans = spansOf(
      trimCapture(captureOf(inside, inside, inside, parent, call, call), new Map()),
    );
    expect(spans.map(({ span }) => span.name)).toEqual([
      'poll',
      'poll',
      'poll',
      'tools/call get_order',
      'tools/call get_order',
    ]);
  });
});

describe('the comparison of two captures', () => {
  it('says which names, keys and statuses came and went, and nothing of values', () => {
    const before = captureOf({ attributes: [text('a', '1'), text('b', '2')] }, { name: 'gone' });
    const after = captureOf({ attributes: [text('a', '3'), text('c', '4')], status: { code: 2 } });
    expect(compareCaptures(before, after)).toEqual([
      '- span s › gone',
      '  span s › tools/call get_order',
      '+   c: string',
      '+   status 2',
      '-   b: string',
      '-   status 0',
    ]);
    expect(compareCaptures(before, before)).toEqual([]);
  });
});

describe('an emitter’s script', () => {
  it('declares its packages in the comment that begins it', () => {
    const python =
      '# /// script\n# dependencies = [\n#   "mcp==2.3.0",\n#   "a[b]==1",\n# ]\n# ///\nimport mcp\n';
    expect(declaredPackages(python)).toEqual(['mcp==2.3.0', 'a[b]==1']);
    expect(declaredPackages('// /// script\n//   "@a/b@1.2.3",\n// ///\n')).toEqual(['@a/b@1.2.3']);
    expect(declaredPackages('import os\n')).toEqual([]);
    expect(pinOf('@a/b@1.2.3')).toEqual({ name: '@a/b', version: '1.2.3' });
    expect(pinOf('a[b]==1')).toEqual({ name: 'a[b]', version: '1' });
  });

  it('pins every package to one version', () => {
    const loose = emitterScripts().flatMap(({ name, packages }) =>
      packages.filter((each) => pinOf(each).version === '').map((each) => `${name}: ${each}`),
    );
    expect(loose).toEqual([]);
  });
});

describe('the scripted model', () => {
  const conversation = (results: number, tools: readonly string[]) =>
    conversationOf(
      [
        { by: 'user', text: 'before' },
        { by: 'tool' },
        { by: 'user', text: '[plan lookup] Where is it?' },
        ...Array.from({ length: results }, () => ({ by: 'tool' as const })),
      ],
      tools,
      'm',
    );

  it('takes the plan’s next step, under whatever name the tool is offered', () => {
    expect(nextTurn(conversation(0, ['mcp__orders__get_order']))).toMatchObject({
      kind: 'call',
      tool: 'mcp__orders__get_order',
    });
    expect(nextTurn(conversation(1, ['get_order']))).toMatchObject({ kind: 'text' });
  });

  it('calls nothing that is not on offer, and does nothing without a plan', () => {
    expect(nextTurn(conversation(0, ['other']))).toMatchObject({ kind: 'text' });
    expect(nextTurn(conversationOf([{ by: 'user', text: 'hello' }], ['get_order'], 'm'))).toEqual({
      kind: 'text',
      text: 'Done.',
    });
  });
});
