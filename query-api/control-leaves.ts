import { z } from 'zod';
import type { RegistryEventType } from '../schemas/record-types.ts';
import { objectSchema, text } from './answer-schema.ts';
import { CONTROL_LOG_ID } from './erasure-evidence.ts';
import type { RecordReader } from './queries/statement.ts';
import { tenantStatement } from './queries/statement.ts';

/** A leaf of a control event as it is given out. */
export const controlLeafSchema = objectSchema({
  leafIndex: { type: 'integer' },
  leafHash: text,
  leaf: { type: 'string', description: 'the sealed bytes: canonical JSON in UTF-8' },
});

export type ControlLeaf = {
  readonly leafIndex: number;
  readonly leafHash: string;
  readonly leaf: string;
};

/** Leaves of one answer. */
const LEAVES_MAX = 100;

/** The newest leaves of a tenant's control events of a type, the newest first. */
export async function readControlLeaves(
  store: RecordReader,
  tenant: string,
  type: RegistryEventType,
): Promise<readonly ControlLeaf[]> {
  const found = await store.query<ControlLeaf>(
    tenantStatement({
      tenant,
      select: 'leaf_index AS leafIndex, lower(hex(leaf_hash)) AS leafHash, leaf',
      table: 'leaves',
      where: [
        { sql: 'log_id = {log:String}', params: { log: CONTROL_LOG_ID } },
        { sql: 'position(leaf, {told:String}) > 0', params: { told: `"type":"${type}"` } },
      ],
      rest: { sql: 'ORDER BY leaf_index DESC LIMIT {most:UInt32}', params: { most: LEAVES_MAX } },
    }),
  );
  // What another event quotes is none of them.
  return found.filter(
    ({ leaf }) => leafSchema.safeParse(JSON.parse(leaf)).data?.event.type === type,
  );
}

const leafSchema = z.object({ event: z.object({ type: z.string() }) });
