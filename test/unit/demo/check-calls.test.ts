import { describe, expect, it } from 'vitest';
import type { RecordsAnswer } from '../../../cli/answers.ts';
import { checkCalls, describeProblems } from '../../../demo/check-calls.ts';
import type { ListedCall } from '../../../demo/check-calls.ts';
import { playbill } from '../../../demo/playbill.ts';

const scenes = new Map([...new Set(playbill.map(({ scene }) => scene))].map((s) => [s, `t-${s}`]));

describe('checking the calls of the demo', () => {
  it('is content when every call is recorded as scripted, whatever else there is', () => {
    const check = checkCalls(
      answer([...asScripted(), { ...first(), method: 'tools/list' }]),
      scenes,
    );
    expect(describeProblems(check)).toEqual([]);
    expect(check.isComplete).toBe(true);
  });

  it('names a call without a record', () => {
    const check = checkCalls(answer(asScripted().slice(1)), scenes);
    expect(describeProblems(check)).toEqual(['refund: get_order: there is no record of it']);
    expect(check.isComplete).toBe(false);
  });

  it('names a call that was counted twice', () => {
    const check = checkCalls(answer([...asScripted(), first()]), scenes);
    expect(describeProblems(check)).toEqual(['not scripted: tools/call get_order']);
    expect(check.isComplete).toBe(false);
  });

  it.each([
    ['outcome', { outcome: 'success' }, 'outcome is success, not denied'],
    ['user', { user: 'p_0' }, 'user is p_0, not ben@example.com'],
    ['grade', { grade: 'unknown' }, 'grade is unknown, not declared'],
  ])('names another %s', (_, change, sentence) => {
    const records = asScripted().map((record) =>
      record['tool'] === 'get-env' ? { ...record, ...change } : record,
    );
    expect(describeProblems(checkCalls(answer(records), scenes))).toEqual([
      `denied by the gateway: get-env: ${sentence}`,
    ]);
  });
});

function answer(records: readonly ListedCall[]): RecordsAnswer {
  const users = [...new Set(playbill.map(({ user }) => user ?? 'nobody'))];
  return { records, nextCursor: null, names: Object.fromEntries(users.map((u) => [`p_${u}`, u])) };
}

function first(): ListedCall {
  const [record] = asScripted();
  if (!record) throw new Error('the script is empty');
  return record;
}

function asScripted(): readonly ListedCall[] {
  return playbill.map((call, index) => ({
    recordId: `${index}.0`,
    callId: String(index),
    revision: 0,
    kind: 'call',
    time: '2026-01-01T00:00:00Z',
    startTime: '2026-01-01T00:00:00Z',
    traceId: `t-${call.scene}`,
    method: call.method,
    user: call.user ? `p_${call.user}` : null,
    userGrade: call.userGrade,
    team: call.team,
    agent: call.agents.at(-1) ?? null,
    parentAgent: call.agents.at(-2) ?? null,
    server: call.server,
    tool: call.method === 'tools/call' ? call.what : null,
    prompt: call.method === 'prompts/get' ? call.what : null,
    resource: call.method === 'resources/read' ? call.what : null,
    outcome: call.outcome,
    grade: call.grade,
  }));
}
