import type { LeafRecord } from '../../schemas/leaf-record.ts';
import { readLeaf } from '../../schemas/leaf-record.ts';
import {
  asOfAnswer,
  namesAnswer,
  objectSchema,
  schemaOf,
  summarySchema,
  text,
} from '../answer-schema.ts';
import type { Answer, Input, QueryApi, Reader, Route } from '../api.ts';
import { asOfToken, namesOf, positionOf } from '../ask.ts';
import { QueryApiError } from '../errors.ts';
import { asOfProperty, querystringSchema } from '../filter-schema.ts';
import { may } from '../permissions.ts';
import { principalsIn } from '../principals-in.ts';
import { summaryOfLeaf } from '../present-record.ts';
import type { LeafRow } from '../queries/leaves.ts';
import { readLeaves } from '../queries/leaves.ts';
import type { PayloadRow } from '../queries/payloads.ts';
import { payloadsStatement } from '../queries/payloads.ts';
import type { RevisionRow } from '../queries/revisions.ts';
import { revisionsStatement } from '../queries/revisions.ts';
import { currentRows } from '../queries/supersede.ts';
import type { SealedPosition } from '../sealed-position.ts';

/** One call: its current record with chain, hops, evidence and charges, its payload, and all revisions. */
export function recordRoute(): Route {
  return {
    path: '/v1/records/:callId',
    permission: 'records',
    summary: 'One record with its whole chain and all revisions',
    schema: {
      params: objectSchema({ callId: { type: 'string', pattern: '^[0-9a-f]{32}$' } }),
      querystring: querystringSchema(asOfProperty),
      answer: objectSchema({
        asOf: asOfAnswer,
        summary: summarySchema,
        record: { ...schemaOf('AuditRecord'), description: 'the current revision, as sealed' },
        seal: sealSchema,
        payload: {
          type: 'array',
          description: 'redacted values; empty where the role may not see them',
          items: payloadSchema,
        },
        revisions: {
          type: 'array',
          description: 'newest first; `record` as sealed',
          items: objectSchema({
            revision: { type: 'integer' },
            current: { type: 'boolean' },
            seal: sealSchema,
            record: schemaOf('AuditRecord'),
          }),
        },
        names: namesAnswer,
      }),
    },
    mistakes: () => [],
    answer: answerRecord,
  };
}

const sealSchema = {
  ...objectSchema({
    logId: text,
    leafIndex: { type: 'integer' },
    seq: { type: 'integer' },
    leafHash: text,
  }),
  description: 'where the leaf stands, its number in the stream, and its hash',
};

const payloadSchema = objectSchema({
  revision: { type: 'integer' },
  field: text,
  mediaType: text,
  value: text,
  bytes: { type: 'integer', description: 'size as sent' },
  salt: { type: 'string', description: 'opens the commitment in the leaf, 64 hex digits' },
  truncated: { type: 'boolean' },
});

async function answerRecord(api: QueryApi, reader: Reader, input: Input): Promise<Answer> {
  const callId = String(input.params['callId']);
  const position = await positionOf(api, reader, input.query);
  const ask = { tenant: reader.tenant, callId, position };
  const rows = await api.store.query<RevisionRow>(revisionsStatement(ask));
  const payload = await payloadOf(api, reader, ask);
  const revisions = await sealedRevisions(api, reader, rows, annexesOf(payload));
  const current = revisions.find((revision) => revision.current) ?? revisions[0];
  if (!current) throw new QueryApiError('NOT_FOUND', 'There is no such record.');
  const values = payload.filter(({ field }) => field !== ANNEX_FIELD);
  return {
    body: {
      asOf: asOfToken(api, reader, position),
      summary: summaryOfLeaf(current.record),
      record: current.record,
      seal: current.seal,
      payload: values
        .filter(({ revision }) => revision === values[0]?.revision)
        .map((row) => ({ ...row, truncated: row.truncated !== 0 })),
      revisions,
      names: namesOf(
        api,
        reader,
        revisions.flatMap(({ record }) => principalsIn(record)),
      ),
    },
    rows: revisions.length,
    asked: { callId, payload: values.length > 0 },
  };
}

type SealedRevision = {
  readonly revision: number;
  readonly current: boolean;
  readonly seal: {
    readonly logId: string;
    readonly leafIndex: number;
    readonly seq: number;
    readonly leafHash: string;
  };
  readonly record: LeafRecord;
};

/**
 * All revisions with their leaves, newest first. The leaf of a −1 row is a revision too: that of a call which proved to be another
 * one has no row of its own.
 */
async function sealedRevisions(
  api: QueryApi,
  reader: Reader,
  rows: readonly RevisionRow[],
  annexes: ReadonlyMap<number, string>,
): Promise<readonly SealedRevision[]> {
  const places = new Map(rows.map((row) => [`${row.logId}/${row.leafIndex}`, row]));
  const ask = { tenant: reader.tenant, places: [...places.values()] };
  const leaves = await readLeaves(api.store, ask);
  const current = new Set(currentRows(rows).map(({ revision }) => revision));
  return leaves
    .toSorted((a, b) => b.revision - a.revision)
    .flatMap((leaf) =>
      sealedRevision(leaf, current.has(leaf.revision), annexes.get(leaf.revision)),
    );
}

/** A revision as its leaf tells it; a trimmed leaf's whole text stands among the payload, where the role may see that. */
function sealedRevision(
  row: LeafRow,
  current: boolean,
  annex: string | undefined,
): readonly SealedRevision[] {
  const { revision, logId, leafIndex, seq, leafHash, leaf } = row;
  const seal = { logId, leafIndex, seq, leafHash };
  const { record } = readLeaf(annex ?? leaf);
  return record ? [{ revision, current, seal, record }] : [];
}

/** The payload field that holds the whole of a leaf that was too large. */
const ANNEX_FIELD = '$leaf';

function annexesOf(payload: readonly PayloadRow[]): ReadonlyMap<number, string> {
  const annexes = payload.filter(({ field }) => field === ANNEX_FIELD);
  return new Map(annexes.map(({ revision, value }) => [revision, value]));
}

async function payloadOf(
  api: QueryApi,
  reader: Reader,
  ask: { readonly tenant: string; readonly callId: string; readonly position: SealedPosition },
) {
  if (!may(reader.role, 'payloads')) return [];
  const rows = await api.store.query<PayloadRow>(payloadsStatement(ask));
  return rows;
}
