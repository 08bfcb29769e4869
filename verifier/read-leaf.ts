import { IntegrityError } from '../integrity/errors.ts';
import { isObject } from '../integrity/json.ts';

/** What a verifier reads in a leaf. Everything else in it is proved by its hash. */
export type LeafFacts = {
  readonly tenant?: string;
  /** Where the leaf says it stands; absent in leaves of other systems. */
  readonly place?: LeafPlace;
  /** The values that it commits to: name and commitment. */
  readonly commitments: readonly Commitment[];
  readonly event?: ControlEvent;
};

export type LeafPlace = {
  /** `records/p<partition>/e<epoch>`, the end of its log's origin. */
  readonly log: string;
  readonly index: number;
  readonly offset: number;
  /** Dense number in the stream: one tenant's leaves in this log. */
  readonly seq: number;
  /** Leaf hash of the stream's leaf before, in hexadecimal digits; absent for the first. */
  readonly prev?: string;
};

export type Commitment = { readonly name: string; readonly commitment: string };

/** A declared fact, such as an erasure. Its body stands in the leaf or, if large, only its digest does. */
export type ControlEvent = {
  readonly type: string;
  readonly body?: string;
  /** SHA-256 in hexadecimal digits. */
  readonly bodyDigest?: string;
};

/** The version of leaves whose members are read here. */
const VERSION = 2;
/** The name under which the whole of a trimmed leaf is kept. */
const ANNEX_FIELD = '$leaf';

/**
 * Reads the text of a leaf that was proved. Text that is no JSON object, or of an earlier version, tells nothing: its bytes are proved all the same.
 * LEAF_MALFORMED where it says to be of this version and is not; LEAF_VERSION_UNKNOWN for a newer one, of which not everything could be checked.
 */
export function readLeafFacts(text: string): LeafFacts {
  const leaf = parse(text);
  if (!isObject(leaf)) return { commitments: [] };
  const { v } = leaf;
  if (typeof v === 'number' && v > VERSION) throw newer(v);
  if (v !== VERSION) return { commitments: [] };
  const { tenant, payload = [], annex, event } = leaf;
  if (typeof tenant !== 'string' || !Array.isArray(payload)) throw malformed('tenant or payload');
  return {
    tenant,
    place: readPlace(leaf),
    commitments: [...payload.flatMap(readCommitment), ...readAnnex(annex)],
    ...(isObject(event) ? { event: readEvent(event) } : {}),
  };
}

function readPlace(leaf: Readonly<Record<string, unknown>>): LeafPlace {
  const { log, index, offset, seq, prev } = leaf;
  if (typeof log !== 'string' || !isCount(index) || !isCount(offset) || !isCount(seq)) {
    throw malformed('its place');
  }
  const place = { log, index, offset, seq };
  if (prev === undefined) return place;
  if (typeof prev !== 'string') throw malformed('the leaf before');
  return { ...place, prev };
}

/** LEAF_MISPLACED where a leaf says to stand elsewhere than where it was proved to stand. */
export function checkPlace({ place }: LeafFacts, origin: string, index: number): void {
  if (place === undefined) return;
  if (isLogOf(origin, place.log) && place.index === index) return;
  const detail = `it says to be leaf ${place.index} of ${place.log}, and is leaf ${index} of ${origin}`;
  throw new IntegrityError('LEAF_MISPLACED', detail);
}

/** Whether a log's short name (`records/p0/e0`) is that of the log with this origin. */
export function isLogOf(origin: string, log: string): boolean {
  return origin === log || origin.endsWith(`/${log}`);
}

/** A field whose trace's key was destroyed before it was sealed commits to nothing. */
function readCommitment(field: unknown): readonly Commitment[] {
  if (!isObject(field) || typeof field['name'] !== 'string') throw malformed('a payload field');
  const { name, commit } = field;
  return typeof commit === 'string' ? [{ name, commitment: commit }] : [];
}

function readAnnex(annex: unknown): readonly Commitment[] {
  if (!isObject(annex) || typeof annex['commit'] !== 'string') return [];
  return [{ name: ANNEX_FIELD, commitment: annex['commit'] }];
}

function readEvent(event: Readonly<Record<string, unknown>>): ControlEvent {
  const { type, body, bodyDigest } = event;
  if (typeof type !== 'string') throw malformed('its event');
  return {
    type,
    ...(typeof body === 'string' ? { body } : {}),
    ...(typeof bodyDigest === 'string' ? { bodyDigest } : {}),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function newer(version: number): IntegrityError {
  const detail = `version ${version}; this verifier reads ${VERSION}`;
  return new IntegrityError('LEAF_VERSION_UNKNOWN', detail);
}

function malformed(what: string): IntegrityError {
  return new IntegrityError('LEAF_MALFORMED', `what the leaf says of ${what} cannot be read`);
}
