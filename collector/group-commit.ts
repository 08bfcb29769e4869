import type { NewMessage } from '../event-log/event-log.ts';
import { limitHit } from './byte-budget.ts';
import type { Group, Submission } from './compose-group.ts';
import { CollectorError } from './errors.ts';
import type { CollectorMetrics } from './metrics.ts';

/**
 * Requests that wait share one append and are acknowledged together: a sync costs the same for one as for a hundred.
 * One append is in flight at a time, so that messages of a producer keep their order; the next group gathers meanwhile.
 */
export interface GroupCommit {
  /** Resolves when everything of the submission is durable, and never before. Rejects with a retryable error otherwise. */
  submit(submission: Submission): Promise<void>;
  /** Takes no more and resolves when nothing waits any longer. Safe twice. */
  drain(): Promise<void>;
  /** False while the log does not answer or refuses, and once it is drained. */
  healthy(): boolean;
}

export type GroupCommitOptions = {
  readonly append: (messages: readonly NewMessage[]) => Promise<void>;
  readonly compose: (submissions: readonly Submission[]) => Group;
  readonly limits: GroupCommitLimits;
  readonly metrics: CollectorMetrics;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
};

export type GroupCommitLimits = {
  readonly queueRequestsMax: number;
  readonly groupRequestsMax: number;
  readonly groupBytesMax: number;
  readonly appendWaitMsMax: number;
};

type Waiter = {
  readonly submission: Submission;
  readonly resolve: () => void;
  readonly reject: (error: CollectorError) => void;
};

type State = {
  queue: Waiter[];
  running: Promise<void> | undefined;
  draining: boolean;
  /** The log has not answered the append in flight in time. */
  stalled: boolean;
  failing: boolean;
};

export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const { limits, metrics } = options;
  const state: State = {
    queue: [],
    running: undefined,
    draining: false,
    stalled: false,
    failing: false,
  };
  return {
    healthy: () => !state.stalled && !state.failing && !state.draining,
    async drain() {
      state.draining = true;
      await state.running;
    },
    submit(submission) {
      if (state.draining) return Promise.reject(new CollectorError('COLLECTOR_STOPPING'));
      if (state.stalled) return Promise.reject(new CollectorError('COLLECTOR_LOG_FAILED'));
      if (state.queue.length >= limits.queueRequestsMax) {
        return Promise.reject(limitHit(metrics, 'queueRequestsMax', 'COLLECTOR_OVERLOADED'));
      }
      return new Promise((resolve, reject) => {
        state.queue.push({ submission, resolve, reject });
        state.running ??= run(state, options);
      });
    },
  };
}

async function run(state: State, options: GroupCommitOptions): Promise<void> {
  while (state.queue.length > 0) {
    // A group takes everything that this turn of the loop reads, and not only what came before the last append's answer.
    await new Promise((resolve) => setImmediate(resolve));
    const group = takeGroup(state, options.limits);
    options.metrics.set('waybill_collector_queue_requests', state.queue.length);
    await commit(state, options, group);
  }
  state.running = undefined;
}

function takeGroup(state: State, limits: GroupCommitLimits): readonly Waiter[] {
  let bytes = 0;
  let taken = 0;
  for (const { submission } of state.queue) {
    bytes += submission.requestBytes;
    if (taken > 0 && (taken >= limits.groupRequestsMax || bytes > limits.groupBytesMax)) break;
    taken += 1;
  }
  const group = state.queue.slice(0, taken);
  state.queue = state.queue.slice(taken);
  return group;
}

async function commit(
  state: State,
  options: GroupCommitOptions,
  waiters: readonly Waiter[],
): Promise<void> {
  const { metrics, nowMs } = options;
  const startedAt = nowMs();
  try {
    const group = options.compose(waiters.map(({ submission }) => submission));
    await appendInTime(state, options, group, waiters);
    state.failing = false;
    // Commit point: the group is durable. If we die on the next line the senders get no answer and send again: the
    // enricher knows a span it has seen.
    group.committed();
    for (const waiter of waiters) waiter.resolve();
    metrics.add('waybill_collector_directory_entries_total', group.directoryEntries);
  } catch (cause) {
    state.failing = true;
    rejectAll(waiters, logError(cause));
  }
  metrics.observe('waybill_collector_append_seconds', (nowMs() - startedAt) / 1000);
  metrics.observe('waybill_collector_group_requests', waiters.length);
}

/**
 * Waits for the append however long it takes, for a second one beside it could overtake it. But the senders wait
 * `appendWaitMsMax` only: then they and everyone queued are told to come again, and new ones are until the log answers.
 */
async function appendInTime(
  state: State,
  options: GroupCommitOptions,
  group: Group,
  waiters: readonly Waiter[],
): Promise<void> {
  const timer = setTimeout(() => {
    state.stalled = true;
    options.metrics.add('waybill_collector_limit_hits_total', 1, 'limit="appendWaitMsMax"');
    const late = new CollectorError('COLLECTOR_LOG_FAILED', 'The append took too long.');
    rejectAll([...waiters, ...state.queue], late);
    state.queue = [];
  }, options.limits.appendWaitMsMax);
  try {
    if (group.messages.length > 0) await options.append(group.messages);
  } finally {
    clearTimeout(timer);
    state.stalled = false;
  }
}

function rejectAll(waiters: readonly Waiter[], error: CollectorError): void {
  for (const waiter of waiters) waiter.reject(error);
}

/** Whatever the log said, the sender keeps its spans and comes again; only "full" is told apart, for the operator. */
function logError(cause: unknown): CollectorError {
  const full = cause instanceof Error && 'code' in cause && cause.code === 'EVENT_LOG_FULL';
  return new CollectorError(full ? 'COLLECTOR_LOG_FULL' : 'COLLECTOR_LOG_FAILED', '', { cause });
}
