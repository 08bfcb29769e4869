import { toHex, utf8 } from '../integrity/bytes.ts';
import { IntegrityError } from '../integrity/errors.ts';
import { isObject, parseJsonObject } from '../integrity/json.ts';
import { sha256 } from '../integrity/primitives.ts';
import { isLogOf } from './read-leaf.ts';
import type { ControlEvent, LeafFacts } from './read-leaf.ts';

/** Commitments and ranges that one verification remembers. */
const ERASURES_MAX = 1_000_000;

/** A leaf's value that is looked for. */
export type Absent = {
  readonly tenant: string;
  /** The origin of its log. */
  readonly log: string;
  readonly index: number;
  readonly commitment: string;
};

/** Why a value is gone, as sealed leaves of its own tenant say. */
export class Erasures {
  readonly #commitments = new Set<string>();
  readonly #ranges: { tenant: string; log: string; first: number; last: number }[] = [];

  /**
   * Takes in a leaf that was proved, if it tells of an erasure (`redaction`) or of the end of a time of keeping (`retention_applied` with a range). The body is
   * given where the leaf has only its digest. BODY_MISSING where it is not; LEAF_MALFORMED where it is another, or does not tell what it should.
   */
  add({ tenant, event }: LeafFacts, body?: string): void {
    if (event === undefined || tenant === undefined) return;
    if (event.type === 'redaction') this.#addRedaction(tenant, bodyOf(event, body));
    if (event.type === 'retention_applied') this.#addRetention(tenant, bodyOf(event, body));
  }

  why({
    tenant,
    log,
    index,
    commitment,
  }: Absent): 'VALID_REDACTED' | 'OUT_OF_RETENTION' | 'MISSING' {
    if (this.#commitments.has(`${tenant} ${commitment}`)) return 'VALID_REDACTED';
    const expired = this.#ranges.some(
      (range) =>
        range.tenant === tenant &&
        isLogOf(log, range.log) &&
        range.first <= index &&
        index <= range.last,
    );
    return expired ? 'OUT_OF_RETENTION' : 'MISSING';
  }

  #addRedaction(tenant: string, body: Readonly<Record<string, unknown>>): void {
    const { targets } = body;
    if (!Array.isArray(targets)) throw malformed('a redaction has no targets');
    for (const target of targets) {
      const fields: unknown = isObject(target) ? target['fields'] : undefined;
      if (!Array.isArray(fields)) throw malformed('a target has no fields');
      for (const field of fields) this.#addCommitment(tenant, field);
    }
  }

  #addCommitment(tenant: string, field: unknown): void {
    const commitment = isObject(field) ? field['commitment'] : undefined;
    if (typeof commitment !== 'string') throw malformed('a target’s field has no commitment');
    if (this.#commitments.size >= ERASURES_MAX) throw malformed(`more than ${ERASURES_MAX} values`);
    this.#commitments.add(`${tenant} ${commitment}`);
  }

  /** One that names no range says when its policy was applied; which values went, redactions say. */
  #addRetention(tenant: string, { log, first, last }: Readonly<Record<string, unknown>>): void {
    if (log === undefined && first === undefined && last === undefined) return;
    if (typeof log !== 'string' || typeof first !== 'number' || typeof last !== 'number') {
      throw malformed('an end of retention has no range');
    }
    if (this.#ranges.length >= ERASURES_MAX) throw malformed(`more than ${ERASURES_MAX} ranges`);
    this.#ranges.push({ tenant, log, first, last });
  }
}

function bodyOf(event: ControlEvent, given?: string): Readonly<Record<string, unknown>> {
  const body = event.body ?? given;
  if (body === undefined) {
    throw new IntegrityError('BODY_MISSING', `the body of ${event.type} is not given`);
  }
  if (event.bodyDigest !== undefined && toHex(sha256(utf8(body))) !== event.bodyDigest) {
    throw malformed('the body is not that of the event');
  }
  return parseJsonObject(body, malformed);
}

function malformed(why: string): IntegrityError {
  return new IntegrityError('LEAF_MALFORMED', why);
}
