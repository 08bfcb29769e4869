import { objectSchema, text } from '../answer-schema.ts';
import type { Answer, Input, QueryApi, Reader, Route } from '../api.ts';
import { positionOf } from '../ask.ts';
import { readLeaf } from '../../schemas/leaf-record.ts';
import type { EvidenceAnswer } from '../erasure-evidence.ts';
import { evidenceOf } from '../erasure-evidence.ts';
import { QueryApiError } from '../errors.ts';
import { querystringSchema } from '../filter-schema.ts';
import { proveRecord } from '../make-proof.ts';
import { may } from '../permissions.ts';
import { readPolicy } from '../queries/checkpoints.ts';
import type { LeafRow } from '../queries/leaves.ts';
import { readLeaves } from '../queries/leaves.ts';
import type { DisclosureRow } from '../queries/payloads.ts';
import { disclosuresStatement } from '../queries/payloads.ts';
import type { RevisionRow } from '../queries/revisions.ts';
import { revisionsStatement } from '../queries/revisions.ts';

/** One record's leaf with what proves it offline: the files that a verifier takes. */
export function proofRoute(): Route {
  return {
    path: '/v1/records/:callId/proof',
    permission: 'records',
    summary: 'The leaf of one record, its proof, and what opens its payload commitments',
    schema: {
      params: objectSchema({ callId: { type: 'string', pattern: '^[0-9a-f]{32}$' } }),
      querystring: querystringSchema({
        revision: { type: 'integer', minimum: 0, description: 'default: the latest' },
      }),
      answer: objectSchema({
        logId: text,
        leafIndex: { type: 'integer' },
        revision: { type: 'integer' },
        leaf: { type: 'string', description: 'the sealed bytes: canonical JSON in UTF-8' },
        leafHash: { type: 'string', description: 'SHA-256(0x00 ‖ leaf), 64 hex digits' },
        proof: {
          type: 'string',
          description:
            'two texts of C2SP tlog-proof: the leaf in its log, and the log in the meta log',
        },
        disclosures: {
          type: 'object',
          description:
            'values with the salts of their commitments, base64, where the role may see them',
        },
        policy: {
          type: 'string',
          description: 'C2SP tlog-policy in force; believe one that you got by another way',
        },
      }),
    },
    mistakes: () => [],
    answer: answerProof,
  };
}

async function answerProof(api: QueryApi, reader: Reader, input: Input): Promise<Answer> {
  const callId = String(input.params['callId']);
  const leaf = await leafOf(api, reader, input, callId);
  const { logId, leafIndex, revision, leafHash } = leaf;
  const proof = await proveRecord(api.store, leaf);
  const fields = await disclosuresOf(api, reader, leaf);
  const evidence = await evidenceFor(api, reader, leaf, fields.length);
  return {
    body: {
      logId,
      leafIndex,
      revision,
      leaf: leaf.leaf,
      leafHash,
      proof,
      disclosures: { fields, evidence },
      policy: (await readPolicy(api.store)) ?? '',
    },
    rows: 1,
    asked: { callId, revision, proof: true, payload: fields.length > 0 },
  };
}

/** The leaf of the revision asked for, of this tenant. */
async function leafOf(
  api: QueryApi,
  reader: Reader,
  input: Input,
  callId: string,
): Promise<LeafRow> {
  const { tenant } = reader;
  const position = await positionOf(api, reader, {});
  const rows = await api.store.query<RevisionRow>(revisionsStatement({ tenant, callId, position }));
  const places = new Map(rows.map((row) => [`${row.logId}/${row.leafIndex}`, row]));
  const leaves = await readLeaves(api.store, { tenant, places: [...places.values()] });
  const wanted = input.query['revision'];
  const newest = leaves.toSorted((a, b) => b.revision - a.revision);
  const leaf = newest.find(({ revision }) => wanted === undefined || revision === wanted);
  if (!leaf) throw new QueryApiError('NOT_FOUND', 'There is no such record.');
  return leaf;
}

/** Why values are not there that the leaf commits to, for who may see them. */
async function evidenceFor(
  api: QueryApi,
  { tenant, role }: Reader,
  leaf: LeafRow,
  disclosed: number,
): Promise<readonly EvidenceAnswer[]> {
  const { record } = readLeaf(leaf.leaf);
  if (record === undefined || !may(role, 'payloads')) return [];
  const committed = record.payload.filter(({ commitment }) => commitment !== null).length;
  if (disclosed >= committed) return [];
  return evidenceOf(api.store, { tenant, recordId: record.recordId });
}

async function disclosuresOf(
  api: QueryApi,
  reader: Reader,
  place: LeafRow,
): Promise<readonly DisclosureRow[]> {
  if (!may(reader.role, 'payloads')) return [];
  const { tenant } = reader;
  return api.store.query<DisclosureRow>(disclosuresStatement({ tenant, place }));
}
