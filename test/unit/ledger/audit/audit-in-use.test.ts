import { expect, it } from 'vitest';
import { auditInUse } from '../../../../ledger/audit/audit-in-use.ts';
import { registryLogId } from '../../../../ledger/read-control.ts';
import { payloadsTable } from '../../../../schemas/tables.ts';
import { sealInMemory } from '../../../support/sealed-memory.ts';

/** An audit of a store whose last control event is under a head from the given settling on; gives how often it settled. */
async function settlings(signedAt: number, change: (payloads: string[][]) => void) {
  const { store, policy } = await sealInMemory(3, 30);
  change(store.rowsOf.get('payloads') ?? []);
  const heads = store.rowsOf.get('checkpoints') ?? [];
  const last = heads.findLast(([logId]) => logId === registryLogId) ?? [];
  heads.splice(heads.indexOf(last), 1);
  let settled = 0;
  const settle = async (): Promise<void> => {
    settled += 1;
    if (settled === signedAt) heads.push(last);
    return Promise.resolve();
  };
  const { findings } = await auditInUse({ store, policy, heldHeads: [] }, settle);
  return { settled, codes: [...new Set(findings.map(({ code }) => code))] };
}

const field = payloadsTable.columns.findIndex(({ name }) => name === 'field');
const without = (payloads: string[][]): void =>
  void payloads.splice(
    payloads.findIndex((row) => /^[^$]/.test(row[field] ?? '')),
    1,
  );

it('looks again, where a value is missing, once the last control event is under a head, which may tell that it was taken away', async () => {
  expect(await settlings(1, without)).toEqual({ settled: 1, codes: ['PAYLOAD_MISSING'] });
  expect(await settlings(3, without)).toEqual({ settled: 3, codes: ['PAYLOAD_MISSING'] });
});

it('waits for a head that nobody signs no longer than four times, and for none where no value is missing', async () => {
  const never = await settlings(99, without);
  expect(never).toEqual({ settled: 4, codes: ['HEAD_MISSING', 'PAYLOAD_MISSING'] });
  expect(await settlings(99, () => undefined)).toEqual({ settled: 1, codes: ['HEAD_MISSING'] });
});
