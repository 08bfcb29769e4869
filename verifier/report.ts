import type { IntegrityErrorCode } from '../integrity/errors.ts';
import { IntegrityError } from '../integrity/errors.ts';
import { InputError } from './input-error.ts';

/**
 * What is found of one leaf or one of its values. VALID_REDACTED: the value is gone, and a sealed leaf says that it was erased. OUT_OF_RETENTION: gone, and a
 * sealed leaf says that its time was over. MISSING: gone, and nothing says why. MISMATCH: it is not what was sealed.
 */
export type Verdict = 'VALID' | 'VALID_REDACTED' | 'OUT_OF_RETENTION' | 'MISSING' | 'MISMATCH';

/** Something that is not as it should be. INCOMPLETE: it cannot be told, e.g. for want of a key. */
export type Finding = {
  readonly verdict: 'MISSING' | 'MISMATCH' | 'INCOMPLETE';
  readonly reason: string;
  /** The origin of the log, where one is concerned. */
  readonly log?: string;
  /** The index of the leaf in its log, where one is concerned. */
  readonly index?: number;
};

/** What a verification came to. */
export type Report = {
  /** How many of which verdict: leaves, and values laid open or gone. */
  readonly counts: Readonly<Record<Verdict, number>>;
  /** The first ones, in the order in which they were found. */
  readonly findings: readonly Finding[];
  /** How many there were in all of each kind. */
  readonly found: Readonly<Record<Finding['verdict'], number>>;
  /** What holds, in sentences: which checkpoint, cosigned by whom and when. */
  readonly facts: readonly string[];
};

/** 0: everything asked for holds. 1: something is not what was sealed. 2: nothing was seen to be altered, but not everything could be checked. */
export const exitCodes = { valid: 0, invalid: 1, incomplete: 2 } as const;

/** Findings that a report keeps; the others are counted. */
const FINDINGS_MAX = 100;

/** A report in the making. */
export class ReportDraft {
  readonly #counts = { VALID: 0, VALID_REDACTED: 0, OUT_OF_RETENTION: 0, MISSING: 0, MISMATCH: 0 };
  readonly #found = { MISSING: 0, MISMATCH: 0, INCOMPLETE: 0 };
  readonly #findings: Finding[] = [];
  readonly #facts: string[] = [];

  count(verdict: Verdict): void {
    this.#counts[verdict] += 1;
  }

  /** Notes what is wrong, and counts it where it is a leaf's or a value's verdict. */
  find(finding: Finding): void {
    this.#found[finding.verdict] += 1;
    if (this.#findings.length < FINDINGS_MAX) this.#findings.push(finding);
  }

  fact(sentence: string): void {
    this.#facts.push(sentence);
  }

  finish(): Report {
    return {
      counts: this.#counts,
      findings: this.#findings,
      found: this.#found,
      facts: this.#facts,
    };
  }
}

export function exitCodeOf({ found }: Report): 0 | 1 | 2 {
  if (found.MISMATCH > 0) return exitCodes.invalid;
  return found.MISSING + found.INCOMPLETE > 0 ? exitCodes.incomplete : exitCodes.valid;
}

/**
 * What an error of a parser or verification says of the evidence. Whoever lacks a key, a cosignature or a file that can be read cannot tell; everything else
 * that is not as the formats have it is not what was sealed. Any other error is thrown on: a defect.
 */
export function findingOf(error: unknown, where: Pick<Finding, 'log' | 'index'> = {}): Finding {
  if (error instanceof InputError)
    return { ...where, verdict: 'INCOMPLETE', reason: error.message };
  if (!(error instanceof IntegrityError)) throw error;
  return { ...where, verdict: verdictOf(error.code), reason: error.message };
}

function verdictOf(code: IntegrityErrorCode): Finding['verdict'] {
  if (code === 'LEAF_MISSING') return 'MISSING';
  return UNTOLD.has(code) ? 'INCOMPLETE' : 'MISMATCH';
}

const UNTOLD: ReadonlySet<IntegrityErrorCode> = new Set<IntegrityErrorCode>([
  'BODY_MISSING',
  'DISCLOSURE_MALFORMED',
  'KEY_MALFORMED',
  'LEAF_VERSION_UNKNOWN',
  'ORIGIN_UNKNOWN',
  'POLICY_MALFORMED',
  'QUORUM_MISSED',
  'SIGNATURE_MISSING',
]);
