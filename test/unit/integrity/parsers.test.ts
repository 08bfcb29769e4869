import { array, assert, constantFrom, integer, property, string, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCheckpoint, parseCheckpoint } from '../../../integrity/checkpoint.ts';
import { IntegrityError } from '../../../integrity/errors.ts';
import { formatNote, parseNote } from '../../../integrity/note.ts';
import { parsePolicy } from '../../../integrity/policy.ts';
import { formatTlogProof, parseTlogProof } from '../../../integrity/tlog-proof.ts';
import { formatVerifierKey, parseVerifierKey } from '../../../integrity/verifier-key.ts';
import * as golden from './golden.ts';

const PROOF = `c2sp.org/tlog-proof@v1\nextra AAEC\nindex 2\n${golden.CONSISTENCY_3_TO_5.slice(1).join('\n')}\n\n${golden.COSIGNED}`;

/** What reads each format, what it writes of what was read, and a text that is right. */
const formats = [
  ['note', (text: string) => formatNote(parseNote(text)), golden.COSIGNED],
  [
    'checkpoint',
    (text: string) => formatCheckpoint(parseCheckpoint(text)),
    `${golden.CHECKPOINT_TEXT}extension\n`,
  ],
  ['proof', (text: string) => formatTlogProof(parseTlogProof(text)), PROOF],
  ['key', (text: string) => formatVerifierKey(parseVerifierKey(text)), golden.WITNESS_VKEY],
  ['policy', rereadPolicy, golden.POLICY],
] as const;

// Characters that mean something to one of the formats, and some that mean nothing to any.
const specials =
  '\n|\n\n| |+|=|/|—|— |0|05|-1|A|AA==|é|\ud800|\u0000|\t|\r|#|none|quorum |index |extra |\u0085';
const pieces = constantFrom(...specials.split('|'), '9'.repeat(30));

describe.each(formats)('the parser of a %s', (_, reread, right) => {
  it('writes what it read, byte for byte', () => {
    expect(reread(right)).toBe(right);
  });

  it('refuses changed text with its own error, or reads what it would write', () => {
    const edits = array(tuple(integer({ min: 0 }), integer({ min: 0, max: 3 }), pieces), {
      minLength: 1,
      maxLength: 4,
    });
    let refused = 0;
    assert(
      property(edits, (list) => {
        const changed = list.reduce(
          (text, [at, cut, piece]) =>
            text.slice(0, at % (text.length + 1)) +
            piece +
            text.slice((at % (text.length + 1)) + cut),
          right,
        );
        if (!holds(reread, changed)) refused += 1;
      }),
      { seed: 5, numRuns: 2_000 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it('refuses other text with its own error', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 40 }), (text) => {
        holds(reread, text);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it('ends soon on hostile lengths', () => {
    for (const piece of ['\n', ' ', '+', '— a AAAAAAA=\n', 'A', '\t', 'x '])
      holds(reread, piece.repeat(100_000));
  });
});

describe('a checkpoint', () => {
  const [origin, size, root] = golden.CHECKPOINT_TEXT.split('\n');

  it.each([
    ['a leading zero', `${origin}\n05\n${root}\n`],
    ['no size', `${origin}\n\n${root}\n`],
    ['a sign', `${origin}\n+5\n${root}\n`],
    ['a size beyond 2^53', `${origin}\n9007199254740992\n${root}\n`],
    ['a size in hexadecimal', `${origin}\n0x5\n${root}\n`],
    ['a short root', `${origin}\n${size}\nAAAA\n`],
    ['unused bits set in its root', `${origin}\n${size}\n${root?.replace('RQ=', 'RR=')}\n`],
    ['two lines', `${origin}\n${size}\n`],
    ['no origin', `\n${size}\n${root}\n`],
    ['an empty extension', `${origin}\n${size}\n${root}\n\n`],
    ['no end of its last line', `${origin}\n${size}\n${root}`],
    ['nothing', ''],
  ])('is none with %s', (_, text) => {
    expect(() => parseCheckpoint(text)).toThrow('CHECKPOINT_MALFORMED');
  });

  it('is not written where it could not be read', () => {
    const head = { origin: 'a', size: 1, root: new Uint8Array(32) };
    expect(formatCheckpoint(head)).toBe(`a\n1\n${'A'.repeat(43)}=\n`);
    expect(() => formatCheckpoint({ ...head, origin: 'a\nb' })).toThrow(IntegrityError);
    expect(() => formatCheckpoint({ ...head, origin: '' })).toThrow(IntegrityError);
    expect(() => formatCheckpoint({ ...head, size: -1 })).toThrow(IntegrityError);
    expect(() => formatCheckpoint({ ...head, size: 1e21 })).toThrow(IntegrityError);
    expect(() => formatCheckpoint({ ...head, root: new Uint8Array(31) })).toThrow(IntegrityError);
    expect(() => formatCheckpoint({ ...head, extensions: [''] })).toThrow(IntegrityError);
  });
});

describe('a proof', () => {
  it.each([
    ['another version', PROOF.replace('@v1', '@v2')],
    ['no index', PROOF.replace('index 2\n', '')],
    ['a leading zero', PROOF.replace('index 2', 'index 02')],
    ['two spaces', PROOF.replace('index 2', 'index  2')],
    ['a space behind', PROOF.replace('index 2', 'index 2 ')],
    [
      'its extra line behind its index',
      PROOF.replace('extra AAEC\nindex 2', 'index 2\nextra AAEC'),
    ],
    ['an extra line twice', PROOF.replace('extra AAEC', 'extra AAEC\nextra AAEC')],
    ['a short hash', PROOF.replace('YcW/', 'YcW').replace('index 2', 'index 2\nAAAA')],
    ['64 hashes', PROOF.replace('index 2', `index 2${`\n${'A'.repeat(43)}=`.repeat(61)}`)],
    ['no checkpoint', PROOF.slice(0, PROOF.indexOf('\n\n'))],
    ['a carriage return', PROOF.replaceAll('\n', '\r\n')],
    ['a line above it', `\n${PROOF}`],
  ])('is none with %s', (_, text) => {
    expect(() => parseTlogProof(text)).toThrow('PROOF_MALFORMED');
  });

  it('may have no hash and no extra data', () => {
    const text = `c2sp.org/tlog-proof@v1\nindex 0\n\n${golden.COSIGNED}`;
    expect(parseTlogProof(text)).toEqual({ index: 0, hashes: [], checkpoint: golden.COSIGNED });
    expect(parseTlogProof(PROOF).extra).toEqual(Uint8Array.of(0, 1, 2));
  });
});

/** Whether the text was read. If it was, it is the one spelling of what it says; if not, the error is the parsers' own. */
function holds(reread: (text: string) => string, text: string): boolean {
  try {
    expect(reread(text)).toBe(text);
    return true;
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    return false;
  }
}

/** A policy has several spellings: what is compared is only that it was read. */
function rereadPolicy(text: string): string {
  parsePolicy(text);
  return text;
}
