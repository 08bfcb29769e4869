import { emptyFacts } from '../../schemas/empty-facts.ts';
import { createHash } from 'node:crypto';
import type { SealedLeaf, SealedReader } from '../../siem-exporter/sealed-leaf.ts';
import { leafText } from './leaf-text.ts';
import type { AuditRecord, Facts } from '../../schemas/record-types.ts';

export const sampleFacts: Facts = {
  ...emptyFacts,
  timeUs: 1_795_219_200_400_000,
  startTimeUs: 1_795_219_200_123_456,
  endTimeUs: 1_795_219_200_400_000,
  appendTimeUs: 1_795_219_201_000_000,
  durationUs: 276_544,
  method: 'tools/call',
  operation: 'read',
  user: 'p_00112233445566778899aabbccddeeff',
  userGrade: 'gateway',
  userKey: 'user.id',
  team: 'payments',
  agent: 'coder',
  agentId: 'agent-7',
  agentGrade: 'declared',
  agentDepth: 1,
  client: 'claude-code',
  server: 'fs-server',
  serverVersion: '1.2.0',
  serverGrade: 'declared',
  tool: 'read_file',
  outcome: 'success',
  origin: 'user_request',
  grade: 'declared',
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  jsonrpcId: '3',
  host: 'gw-1',
  destination: 'fs-server.internal:8443',
  transport: 'tcp',
  bytesIn: 10,
  bytesOut: 20,
  costSource: 'unpriced',
  hops: 2,
  dialects: ['otel'],
  producers: ['gateway-1'],
};

/** A record as the ledger seals it; the number makes its ids. */
export function sampleRecord(
  number: number,
  changes: Partial<AuditRecord> = {},
  facts: Partial<Facts> = {},
): AuditRecord {
  const callId = number.toString(16).padStart(32, '0');
  return {
    recordId: `${callId}.0`,
    kind: 'call',
    tenant: 'acme',
    callId,
    revision: 0,
    change: 'first',
    facts: { ...sampleFacts, ...facts },
    outcomeEvidence: [],
    originEvidence: [],
    chain: [
      {
        kind: 'user',
        id: sampleFacts.user,
        name: null,
        version: null,
        grade: 'gateway',
        inherited: false,
        evidence: [],
      },
    ],
    identities: [],
    hops: [],
    charges: [],
    receipts: [],
    findings: [],
    decisions: [],
    definitions: [],
    payload: [],
    supersedes: null,
    mergedInto: null,
    splitFrom: null,
    inputPartition: 0,
    inputOffset: number,
    ...changes,
  };
}

export function sealedLeaf(leafIndex: number, record: AuditRecord, logId = 'records/p0/e0') {
  const leaf = leafText(record, leafIndex, logId);
  return {
    logId,
    leafIndex,
    tenant: record.tenant,
    sequence: leafIndex,
    appendTimeUs: record.facts.appendTimeUs,
    leaf,
    leafHash: createHash('sha256').update(leaf).digest('hex'),
  } satisfies SealedLeaf;
}

/** A reader over leaves that lie in memory. */
export function memoryReader(leaves: readonly SealedLeaf[]): SealedReader {
  return {
    read: async (logId, from, { leavesMax }) =>
      leaves.filter((leaf) => leaf.logId === logId && leaf.leafIndex >= from).slice(0, leavesMax),
    sealedSize: async (logId) => leaves.filter((leaf) => leaf.logId === logId).length,
  };
}
