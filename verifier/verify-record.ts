import { textOf, utf8 } from '../integrity/bytes.ts';
import { parseDisclosures } from '../integrity/disclosure.ts';
import type { Disclosures, SealedEvidence } from '../integrity/disclosure.ts';
import { claimedOrigin, logKeys } from '../integrity/log-keys.ts';
import { leafHash } from '../integrity/merkle.ts';
import { openCheckpoint } from '../integrity/open-checkpoint.ts';
import type { OpenedCheckpoint } from '../integrity/open-checkpoint.ts';
import { parsePolicy } from '../integrity/policy.ts';
import type { Policy } from '../integrity/policy.ts';
import { parseRecordProof } from '../integrity/record-proof.ts';
import { checkInclusion, verifyTlogProof } from '../integrity/verify-tlog-proof.ts';
import { Erasures } from './erasures.ts';
import { checkPlace, readLeafFacts } from './read-leaf.ts';
import type { LeafFacts } from './read-leaf.ts';
import { ReportDraft, findingOf } from './report.ts';
import type { Report } from './report.ts';
import { checkFields } from './check-fields.ts';

/** The files of one record, as they are: text of policy and proof, bytes of the leaf, text of the disclosure file. */
export type RecordFiles = {
  readonly policy: string;
  readonly proof: string;
  readonly leaf: Uint8Array;
  readonly disclosures?: string;
};

/**
 * Verifies one record: the leaf's bytes are in its log at the index of the proof, the log's checkpoint is signed and in the meta log, that log's
 * checkpoint is signed and cosigned as the policy asks, the leaf says of itself what the proof says of it, and each value laid open is the one that it
 * commits to. Works the same in a browser: it reads no file and no clock.
 */
export async function verifyRecord(files: RecordFiles): Promise<Report> {
  const draft = new ReportDraft();
  try {
    const policy = parsePolicy(files.policy);
    const proved = await proveLeaf(files.proof, files.leaf, policy, draft);
    draft.count('VALID');
    if (files.disclosures !== undefined) {
      await checkDisclosures(parseDisclosures(files.disclosures), proved, policy, draft);
    }
  } catch (error) {
    const finding = findingOf(error);
    if (finding.verdict === 'MISMATCH') draft.count('MISMATCH');
    draft.find(finding);
  }
  return draft.finish();
}

type ProvedLeaf = { readonly origin: string; readonly index: number; readonly facts: LeafFacts };

async function proveLeaf(
  proofText: string,
  leaf: Uint8Array,
  policy: Policy,
  draft?: ReportDraft,
): Promise<ProvedLeaf> {
  const { log, meta } = parseRecordProof(proofText);
  const hash = leafHash(leaf);
  if (meta === undefined) {
    const opened = await verifyTlogProof(log, hash, policy);
    draft?.fact(told(opened, `leaf ${log.index}`));
    return placed(leaf, log.index, opened);
  }
  const outer = await verifyTlogProof(meta, leafHash(utf8(log.checkpoint)), policy);
  const keys = logKeys(policy, claimedOrigin(log.checkpoint));
  const opened = await openCheckpoint(log.checkpoint, keys);
  checkInclusion(log, hash, opened);
  draft?.fact(told(opened, `leaf ${log.index}`));
  draft?.fact(told(outer, 'the checkpoint of its log'));
  return placed(leaf, log.index, opened);
}

/** The leaf with what it says, once its place is that of the proof. */
function placed(leaf: Uint8Array, index: number, { checkpoint }: OpenedCheckpoint): ProvedLeaf {
  const text = textOf(leaf);
  const facts = text === undefined ? { commitments: [] } : readLeafFacts(text);
  checkPlace(facts, checkpoint.origin, index);
  return { origin: checkpoint.origin, index, facts };
}

async function checkDisclosures(
  { fields, evidence }: Disclosures,
  { facts, index, origin }: ProvedLeaf,
  policy: Policy,
  draft: ReportDraft,
): Promise<void> {
  const erasures = new Erasures();
  for (const one of evidence) await addEvidence(erasures, one, policy, draft);
  for (const absent of checkFields(facts, fields, { log: origin, index }, draft)) {
    const verdict = erasures.why(absent);
    draft.count(verdict);
    if (verdict !== 'MISSING') continue;
    const reason = `the value of ${absent.name} is not here, and nothing sealed says why`;
    draft.find({ verdict, reason, log: origin, index });
  }
}

/** Evidence that does not prove itself counts for nothing; its finding says so. */
async function addEvidence(
  erasures: Erasures,
  { leaf, body, proof }: SealedEvidence,
  policy: Policy,
  draft: ReportDraft,
): Promise<void> {
  try {
    const { facts } = await proveLeaf(proof, utf8(leaf), policy);
    erasures.add(facts, body);
  } catch (error) {
    const finding = findingOf(error);
    draft.find({ ...finding, reason: `evidence of an erasure: ${finding.reason}` });
  }
}

function told({ checkpoint, cosignatures }: OpenedCheckpoint, what: string): string {
  const { origin, size } = checkpoint;
  const cosigned = cosignatures.map(
    ({ key, timestampS }) => `${key.name} at ${timeOf(timestampS ?? 0)}`,
  );
  const by = cosigned.length > 0 ? `, cosigned by ${cosigned.join(', ')}` : ', cosigned by nobody';
  return `${what} is under size ${size} of ${origin}${by}`;
}

/** UTC, or the number where it is beyond what a calendar has. */
function timeOf(timestampS: number): string {
  const time = new Date(timestampS * 1000);
  return Number.isNaN(time.getTime()) ? `second ${timestampS}` : time.toISOString();
}
