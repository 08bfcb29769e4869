import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { storeErrorCode, storeErrors } from '../../../record-store/errors.ts';
import type { TestStore } from '../../support/test-store.ts';
import { startTestStore } from '../../support/test-store.ts';

let store: TestStore;
let reader: RecordStore;

beforeAll(async () => {
  store = await startTestStore();
  reader = await store.as('reader');
});
afterAll(async () => store.stop());

describe('exception codes of the engine', () => {
  it.each([
    ['CANNOT_WRITE_TO_FILE_DESCRIPTOR', 'STORE_FULL'],
    ['CANNOT_OPEN_FILE', 'STORE_FULL'],
    ['NOT_ENOUGH_SPACE', 'STORE_FULL'],
    ['STD_EXCEPTION', 'STORE_FULL'],
    ['CANNOT_ALLOCATE_MEMORY', 'STORE_BUSY'],
    ['CANNOT_SCHEDULE_TASK', 'STORE_BUSY'],
    ['MEMORY_LIMIT_EXCEEDED', 'STORE_BUSY'],
    ['TOO_MANY_PARTS', 'STORE_BUSY'],
    ['TIMEOUT_EXCEEDED', 'STORE_TIMED_OUT'],
    ['NETWORK_ERROR', 'STORE_UNREACHABLE'],
  ] as const)('%s is %s, and tried again', async (name, code) => {
    const sql =
      'SELECT number AS code FROM numbers(1100) WHERE errorCodeToName(number) = {name:String}';
    const rows = await reader.query<{ code: string }>({ sql, params: { name } });
    expect(rows.map((row) => storeErrorCode(Number(row.code)))).toEqual([code]);
    expect(storeErrors[code].retryable).toBe(true);
  });
});
