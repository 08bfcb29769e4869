/** A row of `records` as read: +1 for a record, −1 where a later leaf takes it back. */
export type SignedRow = {
  readonly callId: string;
  readonly revision: number;
  readonly sign: number;
};

/**
 * The rows that nothing takes back, in the order given. A −1 row repeats the columns of the row it supersedes, so both pass the
 * same filters and stand at the same time: filtering first and cancelling then is the same as cancelling first.
 */
export function currentRows<Row extends SignedRow>(rows: readonly Row[]): readonly Row[] {
  const superseded = new Set<string>();
  for (const row of rows) if (row.sign < 0) superseded.add(`${row.callId}.${row.revision}`);
  return rows.filter((row) => row.sign > 0 && !superseded.has(`${row.callId}.${row.revision}`));
}
