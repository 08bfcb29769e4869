import { describe, expect, it } from 'vitest';
import type { Submission } from '../../../collector/compose-group.ts';
import { createGroupComposer } from '../../../collector/compose-group.ts';
import { createSpanNumbering } from '../../../collector/number-spans.ts';
import { createGroupCommit } from '../../../collector/group-commit.ts';
import type { GroupCommitLimits } from '../../../collector/group-commit.ts';
import { createCollectorMetrics } from '../../../collector/metrics.ts';
import type { NewMessage } from '../../../event-log/event-log.ts';
import type { ProducerCredential } from '../../../registry/credentials.ts';

const producer: ProducerCredential = {
  keyId: 'app',
  use: 'producer',
  sha256: '',
  tenant: 'acme',
  producer: 'app',
  trust: 'application',
};

function submission(text: string): Submission {
  const bytes = Buffer.from(text);
  return {
    producer,
    signal: 'traces',
    parts: [{ partition: 0, key: null, bytes, items: 1 }],
    principals: [],
    rejected: [],
    requestBytes: bytes.length,
  };
}

/** A log whose appends wait until the test settles them. */
function heldLog(limits: Partial<GroupCommitLimits> = {}) {
  const appends: { text: string; resolve: () => void; reject: (error: Error) => void }[] = [];
  const append = (messages: readonly NewMessage[]): Promise<void> =>
    new Promise((resolve, reject) => {
      const text = messages.map(({ value }) => Buffer.from(value ?? []).toString()).join('|');
      appends.push({ text, resolve, reject });
    });
  const lane = createSpanNumbering();
  const compose = createGroupComposer({
    messageBytesMax: 1000,
    announce: () => ({ messages: [], committed: () => undefined }),
    directoryCacheMax: 10,
    sealName: () => Buffer.from('sealed'),
  });
  const groupCommit = createGroupCommit({
    append,
    compose: (submissions) => compose(submissions, lane),
    limits: {
      queueRequestsMax: 5,
      groupRequestsMax: 100,
      groupBytesMax: 1000,
      appendWaitMsMax: 60_000,
      ...limits,
    },
    metrics: createCollectorMetrics(),
    nowMs: () => performance.now(),
  });
  const log: string[] = [];
  const submit = (text: string): Promise<unknown> =>
    groupCommit.submit(submission(text)).then(
      () => log.push(`${text} acknowledged`),
      (error: unknown) => log.push(`${text} ${errorCode(error)}`),
    );
  return { appends, groupCommit, log, submit };
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('group commit', () => {
  it('acknowledges nothing before the append has resolved', async () => {
    const { appends, log, submit } = heldLog();
    const both = Promise.all([submit('a'), submit('b')]);
    await turn();
    expect(appends.map(({ text }) => text)).toEqual(['ab']);
    expect(log).toEqual([]);
    appends[0]?.resolve();
    await both;
    expect(log).toEqual(['a acknowledged', 'b acknowledged']);
  });

  it('gathers the next group while one append is in flight, and never has two', async () => {
    const { appends, log, submit } = heldLog();
    const all = [submit('a')];
    await turn();
    all.push(submit('b'), submit('c'));
    await turn();
    expect(appends).toHaveLength(1);
    appends[0]?.resolve();
    await turn();
    expect(appends.map(({ text }) => text)).toEqual(['a', 'bc']);
    expect(log).toEqual(['a acknowledged']);
    appends[1]?.resolve();
    await Promise.all(all);
    expect(log).toEqual(['a acknowledged', 'b acknowledged', 'c acknowledged']);
  });

  it('tells every waiter of a failed append to come again, and goes on with the next', async () => {
    const { appends, groupCommit, log, submit } = heldLog();
    const failing = Promise.all([submit('a'), submit('b')]);
    await turn();
    appends[0]?.reject(Object.assign(new Error('disk'), { code: 'EVENT_LOG_FULL' }));
    await failing;
    expect(log).toEqual(['a COLLECTOR_LOG_FULL', 'b COLLECTOR_LOG_FULL']);
    expect(groupCommit.healthy()).toBe(false);
    const next = submit('c');
    await turn();
    appends[1]?.resolve();
    await next;
    expect(log.at(-1)).toBe('c acknowledged');
    expect(groupCommit.healthy()).toBe(true);
  });

  it('refuses what does not fit into the queue', async () => {
    const { appends, log, submit } = heldLog({ queueRequestsMax: 1 });
    const first = submit('a');
    await turn();
    const second = submit('b');
    await submit('c');
    expect(log).toEqual(['c COLLECTOR_OVERLOADED']);
    appends[0]?.resolve();
    await first;
    await turn();
    appends[1]?.resolve();
    await second;
  });

  it('keeps a group within its bytes and its requests', async () => {
    const { appends, submit } = heldLog({ groupBytesMax: 4, groupRequestsMax: 2 });
    const all = ['aaaaaa', 'bb', 'cc', 'd', 'e'].map(submit);
    for (let at = 0; at < 3; at += 1) {
      await turn();
      appends[at]?.resolve();
    }
    await Promise.all(all);
    expect(appends.map(({ text }) => text)).toEqual(['aaaaaa', 'bbcc', 'de']);
  });

  it('lets senders go when the log does not answer, and takes no more until it does', async () => {
    const { appends, groupCommit, log, submit } = heldLog({ appendWaitMsMax: 20 });
    const first = submit('a');
    await turn();
    await Promise.all([first, submit('b')]);
    expect(log).toEqual(['a COLLECTOR_LOG_FAILED', 'b COLLECTOR_LOG_FAILED']);
    await submit('c');
    expect(log.at(-1)).toBe('c COLLECTOR_LOG_FAILED');
    expect(groupCommit.healthy()).toBe(false);
    appends[0]?.resolve();
    await turn();
    expect(groupCommit.healthy()).toBe(true);
    const next = submit('d');
    await turn();
    appends[1]?.resolve();
    await next;
    expect(log.at(-1)).toBe('d acknowledged');
    expect(appends.map(({ text }) => text)).toEqual(['a', 'd']);
  });

  it('drains: takes no more, and waits for what it has', async () => {
    const { appends, groupCommit, log, submit } = heldLog();
    void submit('a');
    await turn();
    void submit('b');
    let drained = false;
    const draining = groupCommit.drain().then(() => (drained = true));
    await submit('c');
    expect(log).toEqual(['c COLLECTOR_STOPPING']);
    appends[0]?.resolve();
    await turn();
    expect(drained).toBe(false);
    appends[1]?.resolve();
    await draining;
    expect(log).toEqual(['c COLLECTOR_STOPPING', 'a acknowledged', 'b acknowledged']);
  });
});
