import { fromBase64, toBase64 } from './bytes.ts';
import { IntegrityError } from './errors.ts';
import { SALT_BYTES } from './field-commitment.ts';
import { isObject, parseJsonObject } from './json.ts';

/** The longest disclosure file that is read, in UTF-16 code units. */
export const DISCLOSURES_LENGTH_MAX = 64 * 1024 * 1024;

/** A value that a leaf commits to, with the salt that opens the commitment. */
export type DisclosedField = {
  readonly name: string;
  /** 32 bytes. */
  readonly salt: Uint8Array;
  readonly value: Uint8Array;
};

/** A control leaf that says why a value is gone, with the proof that it was sealed. */
export type SealedEvidence = {
  readonly leaf: string;
  /** The event's body where the leaf holds only its digest. */
  readonly body?: string;
  /** The text of a record proof. */
  readonly proof: string;
};

/** What is laid open of one leaf: every value that is kept, and why the others are not. */
export type Disclosures = {
  readonly fields: readonly DisclosedField[];
  readonly evidence: readonly SealedEvidence[];
};

/** A disclosure file: JSON, bytes in base64. */
export function formatDisclosures({ fields, evidence }: Disclosures): string {
  return JSON.stringify({ fields: fields.map(writeDisclosedField), evidence });
}

/** One field as such a file tells it. */
export function writeDisclosedField({ name, salt, value }: DisclosedField): object {
  return { name, salt: toBase64(salt), value: toBase64(value) };
}

/** Reads a disclosure file; DISCLOSURE_MALFORMED where it is none. */
export function parseDisclosures(text: string): Disclosures {
  if (text.length > DISCLOSURES_LENGTH_MAX) throw malformed('it is too long');
  const { fields = [], evidence = [] } = parseJsonObject(text, malformed);
  if (!Array.isArray(fields) || !Array.isArray(evidence)) throw malformed('it has no lists');
  return { fields: fields.map(readDisclosedField), evidence: evidence.map(readEvidence) };
}

/** One field of such a file; DISCLOSURE_MALFORMED where it is none. */
export function readDisclosedField(field: unknown): DisclosedField {
  if (!isObject(field)) throw malformed('a field is no object');
  const { name, salt, value } = field;
  if (typeof name !== 'string' || name.includes('\0')) throw malformed('a field has no name');
  const saltBytes = readBase64(salt);
  if (saltBytes.length !== SALT_BYTES) throw malformed(`the salt of ${name} has not 32 bytes`);
  return { name, salt: saltBytes, value: readBase64(value) };
}

function readEvidence(one: unknown): SealedEvidence {
  if (!isObject(one)) throw malformed('evidence is no object');
  const { leaf, body, proof } = one;
  if (typeof leaf !== 'string' || typeof proof !== 'string') {
    throw malformed('evidence has no leaf or no proof');
  }
  if (body === undefined) return { leaf, proof };
  if (typeof body !== 'string') throw malformed('the body of evidence is no text');
  return { leaf, body, proof };
}

function readBase64(text: unknown): Uint8Array {
  if (typeof text !== 'string') throw malformed('bytes are not base64');
  try {
    return fromBase64(text);
  } catch {
    throw malformed('bytes are not base64');
  }
}

function malformed(why: string): IntegrityError {
  return new IntegrityError('DISCLOSURE_MALFORMED', why);
}
