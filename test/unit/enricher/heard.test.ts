import { describe, expect, it } from 'vitest';
import { homeOf } from '../../../enricher/joins/homes.ts';
import type { ShortSpan } from './make-span.ts';
import { hexId } from './make-span.ts';
import { currentRecords } from './run-engine.ts';
import type { Arrival } from './run-two-partitions.ts';
import { runTwoPartitions } from './run-two-partitions.ts';

const session = { 'mcp.session.id': 's_1' };
const opening = (trace: string, over: Partial<ShortSpan> = {}): ShortSpan => ({
  id: 'i',
  trace,
  kind: 'server',
  attributes: { 'mcp.method.name': 'initialize', ...session, 'jwt.sub': 'p_ana' },
  ...over,
});
const calling = (trace: string, id: string, more: Readonly<Record<string, unknown>> = {}) => ({
  id,
  trace,
  kind: 'server' as const,
  attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'add', ...session, ...more },
});
const gateway = { trust: 'gateway' } as const;

function calls(arrivals: readonly Arrival[], delayMs?: number, restart = false) {
  const run = runTwoPartitions(arrivals, delayMs, restart);
  const all = run.records.filter(({ kind }) => kind === 'call');
  return { ...run, all, current: currentRecords(all).map(({ facts }) => facts) };
}

describe('who was authenticated when a session was opened', () => {
  it.each([
    ['the home of the session lies where it was opened', 'A', 'B'],
    ['the home of the session lies where it is used', 'B', 'A'],
  ])('is who calls in it in another partition, a grade lower: %s', (_, opened, used) => {
    const { current } = calls([
      { span: opening(opened), atMs: 0, ...gateway },
      { span: calling(used, 'c1'), atMs: 5000, ...gateway },
      { span: calling(used, 'c2'), atMs: 9000, ...gateway },
    ]);
    expect(current.map(({ user, userGrade }) => `${user} ${userGrade}`)).toEqual([
      'p_ana declared',
      'p_ana declared',
    ]);
  });

  it.each([50, 3000])(
    'is told by a revision where the call was published first, and other partitions hear after %i ms',
    (delayMs) => {
      const { all, current } = calls(
        [
          { span: calling('B', 'c1'), atMs: 0, ...gateway },
          { span: opening('A'), atMs: 20_000, ...gateway },
        ],
        delayMs,
      );
      expect(all.map(({ revision, change }) => `${revision} ${change}`)).toEqual([
        '0 first',
        '1 link_arrived',
      ]);
      expect(current).toMatchObject([{ user: 'p_ana', userGrade: 'declared' }]);
    },
  );

  it('gives the same records byte for byte, wherever restarts fall', () => {
    const arrivals: Arrival[] = [
      { span: calling('B', 'c1'), atMs: 0, ...gateway },
      { span: opening('A'), atMs: 2000, ...gateway },
      { span: calling('B', 'c2'), atMs: 2010, ...gateway },
      { span: calling('A', 'c3'), atMs: 9000, ...gateway },
    ];
    expect(calls(arrivals, 700, true).bytes).toEqual(calls(arrivals, 700).bytes);
    expect(calls(arrivals, 700).current.map(({ user }) => user)).toEqual([
      'p_ana',
      'p_ana',
      'p_ana',
    ]);
  });

  it('is heard with its grade from several sides, and the best of them is believed', () => {
    const said = { 'mcp.method.name': 'initialize', ...session, 'user.id': 'p_ben' };
    const { current } = calls([
      { span: opening('A', { id: 'x', kind: 'client', attributes: said }), atMs: 0 },
      { span: opening('A'), atMs: 10, ...gateway },
      { span: calling('B', 'c1'), atMs: 5000, ...gateway },
    ]);
    expect(current).toMatchObject([{ user: 'p_ana', userGrade: 'declared' }]);
  });

  it('is unknown where nobody opened the session, where another was, and where there are no sessions any more', () => {
    const version = { 'mcp.protocol.version': '2026-07-28' };
    const { current } = calls([
      { span: opening('A'), atMs: 0, ...gateway },
      { span: calling('B', 'c1', { 'mcp.session.id': 's_2' }), atMs: 10, ...gateway },
      { span: calling('B', 'c2', version), atMs: 20, ...gateway },
    ]);
    expect(current.map(({ user }) => user)).toEqual([null, null]);
  });

  it('asks once a session and partition, and has a home that no log record without a trace shares', () => {
    expect(homeOf('session', 's_1')).toMatch(/^[0-9a-f]{32}$/);
    expect(homeOf('session', 's_1')).not.toBe(homeOf('task', 's_1'));
    const many = Array.from({ length: 40 }, (_, index) => ({
      span: calling(`B${index}`, 'c'),
      atMs: index * 2000,
      ...gateway,
    }));
    const { joins } = calls(many);
    expect(joins.filter(({ kind }) => kind === 'asked')).toMatchObject([{ by: hexId('B0', 32) }]);
  });
});

describe('the end of a task, told to a poll in another partition', () => {
  const begun = calling('A', 'c', {
    'gen_ai.tool.call.result': '{"resultType":"task","taskId":"t-1","status":"working"}',
  });
  const poll = (over: Readonly<Record<string, unknown>>): ShortSpan => ({
    id: 'p',
    trace: 'B',
    kind: 'client',
    attributes: { 'mcp.method.name': 'tasks/get', ...over },
  });
  const result = (text: string) => ({ 'gen_ai.tool.call.result': text });

  it.each([
    ['failed', result('{"taskId":"t-1","status":"failed"}'), 'tool_error'],
    ['cancelled', result('{"taskId":"t-1","status":"cancelled"}'), 'cancelled'],
    ['completed', result('{"taskId":"t-1","status":"completed"}'), 'success'],
    [
      'completed, with a result that is an error',
      result('{"taskId":"t-1","status":"completed","result":{"isError":true}}'),
      'tool_error',
    ],
    ['still at work', result('{"taskId":"t-1","status":"working"}'), 'unknown'],
    ['of another task', result('{"taskId":"t-2","status":"failed"}'), 'unknown'],
    [
      'an error in answer to the question for its result',
      {
        'mcp.method.name': 'tasks/result',
        'mcp.task.id': 't-1',
        'rpc.response.status_code': '-32603',
      },
      'protocol_error',
    ],
  ])('decides what became of the call that began it: %s', (_, attributes, outcome) => {
    const { current } = calls([
      { span: begun, atMs: 0 },
      { span: poll(attributes), atMs: 60_000 },
    ]);
    expect(current.map((facts) => facts.outcome)).toEqual([outcome]);
  });
});
