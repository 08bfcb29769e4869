import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareNames, qualifiedTool } from '../../../enricher/attribution/same-request.ts';
import { enricherConfigSchema, parseEnricherConfig } from '../../../enricher/config.ts';
import { enricherErrors } from '../../../enricher/errors.ts';
import { maskAddress } from '../../../enricher/mask-address.ts';
import { isHousekeeping } from '../../../enricher/methods.ts';
import { readMessage } from '../../../enricher/read-message.ts';
import { canonicalJson, readCuts, readResult } from '../../../enricher/read-payload.ts';
import { topics } from '../../../schemas/topics.ts';

describe('tool names', () => {
  it.each([
    ['add', 'add', 'same'],
    [undefined, 'add', 'same'],
    ['calc__add', 'add', 'renamed'],
    ['mcp__calc__add', 'add', 'renamed'],
    ['calc.add', 'add', 'renamed'],
    ['calc/add', 'add', 'renamed'],
    ['calc-add', 'add', 'perhaps'],
    ['delete_user', 'user', 'perhaps'],
    ['badd', 'add', 'other'],
    ['add', 'calc-add', 'other'],
    ['-add', 'add', 'other'],
    ['_add', 'add', 'other'],
  ])('%s outside and %s inside are %s', (outer, inner, naming) => {
    expect(compareNames(outer, inner)).toBe(naming);
  });

  it('are taken apart only where they are surely qualified', () => {
    expect(qualifiedTool('mcp__calc__add__all')).toEqual({ server: 'calc', tool: 'add__all' });
    expect(qualifiedTool('mcp__calc')).toBeUndefined();
    expect(qualifiedTool('mcp____add')).toBeUndefined();
    expect(qualifiedTool('calc__add')).toBeUndefined();
  });
});

describe('methods', () => {
  it.each(['tools/list', 'ping', 'notifications/cancelled', 'tasks/get', 'resources/subscribe'])(
    '%s is upkeep',
    (method) => expect(isHousekeeping(method)).toBe(true),
  );
  it.each(['tools/call', 'resources/read', 'completion/complete', 'acme/custom'])(
    '%s is a call',
    (method) => expect(isHousekeeping(method)).toBe(false),
  );
});

describe('addresses', () => {
  it.each([
    ['203.0.113.77', '203.0.113.0/24'],
    ['2001:db8:1:2::77', '2001:db8:1::/48'],
    ['::1', '0:0:0::/48'],
    ['::ffff:203.0.113.77', '203.0.113.0/24'],
    ['t_4f1d', 't_4f1d'],
  ])('%s becomes %s', (address, masked) => expect(maskAddress(address)).toBe(masked));
});

describe('payload', () => {
  it('is canonical JSON whatever order an emitter gives', () => {
    const one = new Map<string, string | number>([
      ['b', 1],
      ['a', 'x'],
    ]);
    expect(canonicalJson(one)).toBe('{"a":"x","b":1}');
    expect(canonicalJson([Number.NaN, null, true])).toBe('["NaN",null,true]');
  });

  it('says isError only by its outermost member', () => {
    expect(readResult('{"isError":true}')).toEqual({ isError: true });
    expect(readResult('{"a":{"isError":true}}')).toEqual({});
    expect(readResult('{"isError":true')).toEqual({});
    expect(readResult('[{"isError":true}]')).toEqual({});
  });

  it('takes a cut value for what it was before', () => {
    const cuts = readCuts('[{"path":"gen_ai.tool.call.result","bytes":99000,"digest":"00"},7]');
    expect([...cuts]).toEqual([['gen_ai.tool.call.result', 99_000]]);
    expect([...readCuts('nonsense')]).toEqual([]);
  });
});

describe('messages of a partition', () => {
  const logged = {
    topic: topics.spans,
    partition: 0,
    key: null,
    value: Buffer.from('x'),
    offset: 4,
    appendTimeMs: 9,
  };

  it.each([
    [{ kind: 'mystery' }, 'unknown kind of message'],
    [{ kind: 'registry' }, 'no offset in a registry marker'],
    [{}, 'no tenant, producer or value'],
    [{ tenant: 'a', producer: 'b', spans: '3' }, 'no TracesData'],
  ])('become dead letters with a reason: %j', (headers, reason) => {
    const read = readMessage({ ...logged, headers });
    expect(read.kind).toBe('bad');
    if (read.kind !== 'bad') return;
    expect(Buffer.from(read.deadLetter.value ?? []).toString()).toContain(reason);
    expect(Buffer.from(read.deadLetter.value ?? []).toString()).not.toContain('"x"');
  });
});

describe('configuration', () => {
  it('tells all mistakes together', () => {
    expect(() => parseEnricherConfig({ quietMsMax: 0, tickMs: 'soon', colour: 1 })).toThrow(
      /quietMsMax.*tickMs.*colour/,
    );
  });

  it('has a row for each knob and each error in the README, and no other', () => {
    const page = readFileSync('enricher/README.md', 'utf8');
    const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);
    const wanted = [...Object.keys(enricherConfigSchema.shape), ...Object.keys(enricherErrors)];
    expect(new Set(rows)).toEqual(new Set(wanted));
  });
});
