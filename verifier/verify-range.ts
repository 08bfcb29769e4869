import { equalBytes, toHex, utf8 } from '../integrity/bytes.ts';
import type { Checkpoint } from '../integrity/checkpoint.ts';
import { appendLeafHashes, rootOf } from '../integrity/compact-range.ts';
import type { CompactRange } from '../integrity/compact-range.ts';
import { IntegrityError } from '../integrity/errors.ts';
import { claimedOrigin, logKeys } from '../integrity/log-keys.ts';
import { leafHash } from '../integrity/merkle.ts';
import { openCheckpoint } from '../integrity/open-checkpoint.ts';
import type { Policy } from '../integrity/policy.ts';
import { parseRangeHeader, parseRangeLeaf } from '../integrity/range-file.ts';
import type { RangeHeader, RangeLeaf } from '../integrity/range-file.ts';
import { parseTlogProof } from '../integrity/tlog-proof.ts';
import { openByPolicy, verifyTlogProof } from '../integrity/verify-tlog-proof.ts';
import { checkFields } from './check-fields.ts';
import type { AbsentField } from './check-fields.ts';
import { Erasures } from './erasures.ts';
import { checkPlace, readLeafFacts } from './read-leaf.ts';
import type { LeafFacts } from './read-leaf.ts';
import { findingOf } from './report.ts';
import type { ReportDraft } from './report.ts';
import { StreamChains } from './stream-chains.ts';

/** Values without an opening that one verification remembers until all erasures are known. */
const ABSENT_MAX = 1_000_000;

/** What several ranges of one export share: what was erased may stand in another log than what it was erased from. */
export type ExportState = { readonly erasures: Erasures; readonly absent: AbsentField[] };

export function newExportState(): ExportState {
  return { erasures: new Erasures(), absent: [] };
}

/** Judges the values that were not there, once everything of an export was read. */
export function judgeAbsent({ erasures, absent }: ExportState, draft: ReportDraft): void {
  for (const { name, ...field } of absent) {
    const verdict = erasures.why(field);
    draft.count(verdict);
    if (verdict !== 'MISSING') continue;
    const reason = `the value of ${name} is not here, and nothing sealed says why`;
    draft.find({ verdict, reason, log: field.log, index: field.index });
  }
}

/** Where a range was found to begin and end; nothing where it could not be told. */
export type VerifiedRange = {
  readonly before: CompactRange;
  readonly end: CompactRange;
  readonly checkpoint: Checkpoint;
};

/**
 * Verifies an exported range, line by line: the checkpoint at its end is believed by the policy, the leaves with what lies in front of them give its root, none
 * is missing, each leaf has its hash and stands where it says, the leaves of each stream follow one another. Findings go to the draft; values without
 * an opening to `state`. Memory is bounded, whatever the length of the range.
 */
export async function verifyRange(
  lines: AsyncIterable<string>,
  policy: Policy,
  state: ExportState,
  draft: ReportDraft,
): Promise<VerifiedRange | undefined> {
  let walk: RangeWalk | undefined;
  try {
    for await (const line of lines) {
      if (walk) walk.add(parseRangeLeaf(line));
      else walk = await startOf(line, policy, state, draft);
    }
    if (walk) return walk.finish();
    draft.find({ verdict: 'INCOMPLETE', reason: 'the range is empty: it has no first line' });
  } catch (error) {
    const where = walk ? { log: walk.origin, index: walk.next } : {};
    draft.find(findingOf(error, where));
  }
  return undefined;
}

async function startOf(
  line: string,
  policy: Policy,
  state: ExportState,
  draft: ReportDraft,
): Promise<RangeWalk> {
  const header = parseRangeHeader(line);
  const checkpoint = await openRangeCheckpoint(header, policy);
  return new RangeWalk(header.before, checkpoint, state, draft);
}

/** The checkpoint of a range: believed through the meta log, or by itself. */
async function openRangeCheckpoint(header: RangeHeader, policy: Policy): Promise<Checkpoint> {
  const { checkpoint: signed, meta } = header;
  if (meta === undefined) return (await openByPolicy(signed, policy)).checkpoint;
  await verifyTlogProof(parseTlogProof(meta), leafHash(utf8(signed)), policy);
  return (await openCheckpoint(signed, logKeys(policy, claimedOrigin(signed)))).checkpoint;
}

class RangeWalk {
  readonly #before: CompactRange;
  readonly #checkpoint: Checkpoint;
  readonly #state: ExportState;
  readonly #draft: ReportDraft;
  readonly #chains: StreamChains;
  #range: CompactRange;
  #pending: Uint8Array[] = [];

  constructor(
    before: CompactRange,
    checkpoint: Checkpoint,
    state: ExportState,
    draft: ReportDraft,
  ) {
    this.#before = before;
    this.#checkpoint = checkpoint;
    this.#state = state;
    this.#draft = draft;
    this.#range = before;
    this.#chains = new StreamChains(before.size === 0);
  }

  get origin(): string {
    return this.#checkpoint.origin;
  }

  /** The index that the next line has to have. */
  get next(): number {
    return this.#range.size + this.#pending.length;
  }

  add(line: RangeLeaf): void {
    if (line.index !== this.next) throw misplaced(line.index, this.next, this.origin);
    const where = { log: this.origin, index: line.index };
    this.#pending.push(line.hash);
    if (this.#pending.length >= APPEND_AT_ONCE) this.#append();
    if (line.leaf === undefined) return;
    if (!equalBytes(leafHash(utf8(line.leaf)), line.hash)) {
      this.#chains.forget();
      this.#draft.count('MISMATCH');
      const reason = 'the leaf is not the one that was sealed: its hash is another';
      this.#draft.find({ verdict: 'MISMATCH', reason, ...where });
      return;
    }
    this.#read(line, line.leaf, where);
  }

  finish(): VerifiedRange {
    this.#append();
    const { size, root, origin } = this.#checkpoint;
    const missing = size - this.#range.size;
    if (missing > 0) {
      const reason = `${missing} leaves to size ${size} are not here, so the root cannot be told`;
      this.#draft.find({ verdict: 'MISSING', reason, log: origin, index: this.#range.size });
    } else if (missing < 0 || !equalBytes(rootOf(this.#range), root)) {
      const reason = `the leaves from ${this.#before.size} on do not give the signed root of size ${size}`;
      this.#draft.find({ verdict: 'MISMATCH', reason, log: origin });
    } else {
      const count = size - this.#before.size;
      this.#draft.fact(
        `${count} leaves from ${this.#before.size} on are under size ${size} of ${origin}`,
      );
    }
    return { before: this.#before, end: this.#range, checkpoint: this.#checkpoint };
  }

  #append(): void {
    this.#range = appendLeafHashes(this.#range, this.#pending);
    this.#pending = [];
  }

  #read(line: RangeLeaf, leaf: string, where: { log: string; index: number }): void {
    try {
      const facts = readLeafFacts(leaf);
      checkPlace(facts, where.log, where.index);
      for (const finding of this.#chains.follow(facts, toHex(line.hash))) {
        this.#draft.find({ ...finding, ...where });
      }
      this.#state.erasures.add(facts, line.body);
      this.#draft.count('VALID');
      if (line.fields) this.#checkFields(facts, line.fields, where);
    } catch (error) {
      const finding = findingOf(error, where);
      if (finding.verdict === 'MISMATCH') this.#draft.count('MISMATCH');
      this.#draft.find(finding);
    }
  }

  #checkFields(
    facts: LeafFacts,
    fields: NonNullable<RangeLeaf['fields']>,
    where: { log: string; index: number },
  ): void {
    this.#state.absent.push(...checkFields(facts, fields, where, this.#draft));
    if (this.#state.absent.length <= ABSENT_MAX) return;
    const detail = `more than ${ABSENT_MAX} values are not here: verify fewer ranges at once`;
    throw new IntegrityError('RANGE_MALFORMED', detail);
  }
}

/** Leaf hashes that are gathered before they are added: adding copies the range. */
const APPEND_AT_ONCE = 4_096;

function misplaced(index: number, wanted: number, origin: string): IntegrityError {
  if (index > wanted) {
    return new IntegrityError('LEAF_MISSING', `leaves ${wanted} to ${index - 1} of ${origin}`);
  }
  const detail = `leaf ${index} of ${origin} stands twice, or where leaf ${wanted} should`;
  return new IntegrityError('LEAF_MISPLACED', detail);
}
