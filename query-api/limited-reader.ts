import type { RecordStore } from '../record-store/clickhouse.ts';
import { StoreError } from '../record-store/errors.ts';
import { QueryApiError } from './errors.ts';
import type { RecordReader, Statement } from './queries/statement.ts';

export type ReaderLimits = {
  readonly querySecondsMax: number;
  readonly queriesMax: number;
  readonly queriesWaitingMax: number;
};

/**
 * A reader that asks the store at most `queriesMax` things at once, each for at most `querySecondsMax`; others wait in line, and
 * beyond `queriesWaitingMax` they are refused with BUSY, so that many questions make each other slow but never the process large.
 */
export function limitReader(store: Pick<RecordStore, 'query'>, limits: ReaderLimits): RecordReader {
  let running = 0;
  const waiting: (() => void)[] = [];

  async function turn(): Promise<void> {
    if (running < limits.queriesMax) {
      running++;
      return;
    }
    if (waiting.length >= limits.queriesWaitingMax) {
      throw new QueryApiError('BUSY', 'Too many questions wait for the record store.');
    }
    // Whoever ends hands its place over, so `running` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  function done(): void {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }

  return {
    async query<Row>(statement: Statement): Promise<readonly Row[]> {
      await turn();
      try {
        const timeoutMsMax = limits.querySecondsMax * 1000;
        return await store.query<Row>({ ...statement, timeoutMsMax });
      } catch (error) {
        throw fromStore(error);
      } finally {
        done();
      }
    },
  };
}

/** ClickHouse's own codes for a query that needs more memory or rows than it may. Source: src/Common/ErrorCodes.cpp. */
const TOO_LARGE = new Set(['158', '241', '307', '396']);

/** The store's failure as the asker may know it. The store's own text stays in `cause`: it may hold the question's values. */
function fromStore(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  const code = codeOf(error.cause);
  if (error.code === 'STORE_TIMED_OUT' || TOO_LARGE.has(code)) {
    return new QueryApiError(
      'QUERY_TOO_LARGE',
      'The question takes more time or memory than it may.',
      error,
    );
  }
  if (error.retryable || error.code === 'STORE_REFUSED') {
    return new QueryApiError('STORE_UNAVAILABLE', 'The record store does not answer.', error);
  }
  return new QueryApiError('INTERNAL', 'The record store did not understand the question.', error);
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
