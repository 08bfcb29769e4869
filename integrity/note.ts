import { concatBytes, fromBase64, fromHex, toBase64, toHex } from './bytes.ts';
import { IntegrityError } from './errors.ts';
import { isKeyName } from './verifier-key.ts';

/** The longest note that is read, in UTF-16 code units; sixteen post-quantum signatures fit. */
export const NOTE_LENGTH_MAX = 128 * 1024;
/** Signatures of one note. The format asks for at least these; more would be work for nothing. */
export const SIGNATURES_MAX = 16;

/** One signature line: whose it says it is, and the bytes behind the key id. Nothing is verified yet. */
export type NoteSignature = {
  readonly name: string;
  /** 8 hexadecimal digits. */
  readonly keyId: string;
  readonly signature: Uint8Array;
};

/** A text, its last line ended, and one signature or more. Source: C2SP signed-note. */
export type Note = { readonly text: string; readonly signatures: readonly NoteSignature[] };

/** The parts of a note; NOTE_MALFORMED where it breaks the format. That a signature verifies is `verifyNote`'s to say. */
export function parseNote(note: string): Note {
  if (note.length > NOTE_LENGTH_MAX) throw malformed(`longer than ${NOTE_LENGTH_MAX}`);
  if (!note.isWellFormed() || hasControl(note)) {
    throw malformed('it has a control character or is not Unicode');
  }
  // The last blank line parts text and signatures: a text may have blank lines of its own.
  const blank = note.lastIndexOf('\n\n');
  if (blank < 0) throw malformed('no blank line parts text and signatures');
  return { text: note.slice(0, blank + 1), signatures: parseSignatures(note.slice(blank + 2)) };
}

/** Signature lines, each ended: those of a note, or what a witness answers. NOTE_MALFORMED unless there is at least one. */
export function parseSignatures(lines: string): readonly NoteSignature[] {
  if (!lines.endsWith('\n')) throw malformed('its last line has no end');
  if (lines.length > NOTE_LENGTH_MAX) throw malformed(`longer than ${NOTE_LENGTH_MAX}`);
  const list = lines.slice(0, -1).split('\n');
  if (list.length > SIGNATURES_MAX) throw malformed(`more than ${SIGNATURES_MAX} signatures`);
  return list.map(parseSignature);
}

function parseSignature(line: string): NoteSignature {
  const [dash, name = '', base64 = '', ...more] = line.split(' ');
  if (dash !== '—' || more.length > 0 || !isKeyName(name)) {
    throw malformed('a line among the signatures is none');
  }
  const bytes = decode(base64);
  if (bytes.length < 5) throw malformed('a signature is too short for its key id');
  return { name, keyId: toHex(bytes.subarray(0, 4)), signature: bytes.subarray(4) };
}

/** A note's text and signature lines as one. */
export function formatNote({ text, signatures }: Note): string {
  return `${text}\n${signatures.map(formatSignature).join('')}`;
}

/** `— <name> <base64(key id ‖ signature)>` and a line end. */
export function formatSignature({ name, keyId, signature }: NoteSignature): string {
  const id = fromHex(keyId);
  if (id?.length !== 4) throw new IntegrityError('KEY_MALFORMED', 'a key id has 8 digits');
  return `— ${name} ${toBase64(concatBytes(id, signature))}\n`;
}

/** The note with further signatures behind its own; what it already carries is not added again. */
export function addSignatures(note: string, signatures: readonly NoteSignature[]): string {
  const own = parseNote(note).signatures.map(formatSignature);
  const added = signatures.map(formatSignature).filter((line) => !own.includes(line));
  const whole = note + added.join('');
  parseNote(whole);
  return whole;
}

/** Any character below U+0020 but the line end. */
function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 && code !== 0x0a) return true;
  }
  return false;
}

function decode(base64: string): Uint8Array {
  try {
    return fromBase64(base64);
  } catch {
    throw malformed('a signature is not base64');
  }
}

function malformed(why: string): IntegrityError {
  return new IntegrityError('NOTE_MALFORMED', why);
}
