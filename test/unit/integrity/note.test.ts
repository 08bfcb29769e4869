import { describe, expect, it } from 'vitest';
import { IntegrityError } from '../../../integrity/errors.ts';
import { addSignatures, formatNote, parseNote, parseSignatures } from '../../../integrity/note.ts';
import { cosign, signNote } from '../../../integrity/sign-note.ts';
import { formatSignerKey, parseSignerKey, seedSigner } from '../../../integrity/signer-key.ts';
import {
  formatVerifierKey,
  parseVerifierKey,
  verifierKey,
} from '../../../integrity/verifier-key.ts';
import { verifyNote } from '../../../integrity/verify-note.ts';
import * as golden from './golden.ts';

// golang/mod, sumdb/note/note_test.go.
const text =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n";
const peterVkey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const peterLine =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const enochVkey = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop';
const enochLine =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';
const peter = parseVerifierKey(peterVkey);
const enoch = parseVerifierKey(enochVkey);
const note = `${text}\n${peterLine}`;

describe('a signed note', () => {
  it('verifies by the key that signed it, as C2SP gives one', async () => {
    const key = parseVerifierKey(
      'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    );
    const example =
      'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';
    expect(await verifyNote(parseNote(example), [key])).toEqual([{ key }]);
  });

  it('verifies by each known key once, and passes over the others', async () => {
    const both = parseNote(`${note}${enochLine}`);
    expect(both.text).toBe(text);
    expect(await verifyNote(both, [peter])).toEqual([{ key: peter }]);
    expect(await verifyNote(both, [enoch, peter])).toEqual([{ key: peter }, { key: enoch }]);
    expect(await verifyNote(both, [])).toEqual([]);
    const twice = parseNote(`${note}${peterLine}${enochLine}`);
    expect(await verifyNote(twice, [peter])).toEqual([{ key: peter }]);
  });

  it('is refused whole when a known key’s signature fails, even beside one that holds', async () => {
    const spoiled = `${peterLine.slice(0, 60)}ABCD${peterLine.slice(60)}`;
    const notes = [`${text}\n${spoiled}`, `${note}${spoiled}`, note.replace('If', 'If ')];
    for (const wrong of notes) {
      await expect(verifyNote(parseNote(wrong), [peter])).rejects.toThrow('SIGNATURE_WRONG');
    }
    expect(await verifyNote(parseNote(`${note}${spoiled}`), [enoch])).toEqual([]);
  });

  it('passes over a signature that shares only a name or only an id with a known key', async () => {
    const misnamed = parseNote(note.replace('PeterNeumann', 'CarmenSandiego'));
    expect(await verifyNote(misnamed, [peter])).toEqual([]);
    const otherId = parseNote(note.replace(' x08g', ' xxxx'));
    expect(await verifyNote(otherId, [peter])).toEqual([]);
  });

  it('may have blank lines of its own', async () => {
    const signed = await signNote('a\n\nb\n', [golden.logSigner]);
    expect(parseNote(signed).text).toBe('a\n\nb\n');
    expect(formatNote(parseNote(signed))).toBe(signed);
    expect(await verifyNote(parseNote(signed), [golden.logSigner.key])).toHaveLength(1);
  });

  it.each([
    ['no signature', text],
    ['no signature behind the blank line', `${text}\n`],
    ['no end of its last line', note.slice(0, -1)],
    ['a control character', `\u0001${note}`],
    ['a carriage return', note.replaceAll('\n', '\r\n')],
    ['a tab', `\t${note}`],
    ['a lone surrogate', `\ud800${note}`],
    ['a space in a name', note.replace('PeterNeumann', 'Peter Neumann')],
    ['a wide space in a name', note.replace('PeterNeumann', 'Peter\u3000Neumann')],
    ['a plus sign in a name', note.replace('PeterNeumann', 'Peter+Neumann')],
    ['no name', note.replace('PeterNeumann', '')],
    ['a hyphen for a dash', note.replace('—', '-')],
    ['a further line', `${note}Unexpected line.\n`],
    ['an empty line at its end', `${note}\n`],
    ['a third part in a signature line', note.replace('nAM=', 'nAM= x')],
    ['unused bits of base64 set', note.replace('nAM=', 'nAN=')],
    ['no padding', note.replace('nAM=', 'nAM')],
    ['url-safe base64', note.replace('o/ZJ', 'o_ZJ')],
    ['a signature of the key id alone', `${text}\n— PeterNeumann x08gow==\n`],
    ['17 signatures', `${text}\n${peterLine.repeat(17)}`],
    ['more than its length', `${'a'.repeat(128 * 1024)}\n${note}`],
  ])('is none with %s', (_, wrong) => {
    expect(() => parseNote(wrong)).toThrow(IntegrityError);
    expect(() => parseNote(wrong)).toThrow('NOTE_MALFORMED');
  });

  it('may have 16 signatures', async () => {
    const sixteen = parseNote(`${text}\n${enochLine.repeat(15)}${peterLine}`);
    expect(await verifyNote(sixteen, [peter])).toEqual([{ key: peter }]);
    expect(() => addSignatures(formatNote(sixteen), parseSignatures(golden.LOG_LINE))).toThrow(
      'NOTE_MALFORMED',
    );
  });
});

describe('a cosignature', () => {
  const known = [golden.witnessSigner.key];

  it('verifies with its time', async () => {
    const verified = await verifyNote(parseNote(golden.COSIGNED), known);
    expect(verified).toEqual([{ key: known[0], timestampS: golden.WITNESS_TIME_S }]);
  });

  it('covers the extension lines', async () => {
    const extended = `${golden.CHECKPOINT_TEXT}extension\n`;
    const line = await cosign(extended, 5, golden.witnessSigner);
    const signed = addSignatures(await signNote(extended, [golden.logSigner]), [line]);
    expect(await verifyNote(parseNote(signed), known)).toHaveLength(1);
    const stripped = parseNote(signed.replace('extension\n', ''));
    await expect(verifyNote(stripped, known)).rejects.toThrow('SIGNATURE_WRONG');
  });

  it('fails with another time, a time of 0, a time beyond 2^53 or another length', async () => {
    const [line] = parseSignatures(golden.WITNESS_LINE);
    const bytes = line?.signature ?? new Uint8Array(0);
    const changes = [
      bytes.with(7, 1),
      bytes.fill(0, 0, 8),
      bytes.slice().fill(255, 0, 8),
      bytes.subarray(0, 71),
      Uint8Array.of(...bytes, 0),
    ];
    for (const signature of changes) {
      const { name, keyId } = golden.witnessSigner.key;
      const wrong = { text: golden.CHECKPOINT_TEXT, signatures: [{ name, keyId, signature }] };
      await expect(verifyNote(wrong, known)).rejects.toThrow('SIGNATURE_WRONG');
    }
  });

  it('is not made by a log’s key, at no time, nor is a note signed by a cosigner', async () => {
    await expect(cosign('a\n', 1, golden.logSigner)).rejects.toThrow(TypeError);
    await expect(cosign('a\n', 0, golden.witnessSigner)).rejects.toThrow(RangeError);
    await expect(cosign('a\n', 1.5, golden.witnessSigner)).rejects.toThrow(RangeError);
    await expect(signNote('a\n', [golden.witnessSigner])).rejects.toThrow(TypeError);
  });
});

describe('a verifier key', () => {
  it.each([peterVkey, enochVkey, golden.LOG_VKEY, golden.WITNESS_VKEY])('reads %s', (vkey) => {
    expect(formatVerifierKey(parseVerifierKey(vkey))).toBe(vkey);
  });

  it.each([
    ['an id that is not its own', peterVkey.replace('c74f20a3', 'c74f20a4')],
    ['an id in capitals', peterVkey.replace('c74f20a3', 'C74F20A3')],
    ['a name that is not its own', peterVkey.replace('Peter', 'Petra')],
    ['no name', peterVkey.replace('PeterNeumann', '')],
    ['a space in its name', peterVkey.replace('PeterN', 'Peter N')],
    ['two parts', 'PeterNeumann+c74f20a3'],
    ['one part', 'PeterNeumann'],
    ['nothing', ''],
    ['base64 that is none', peterVkey.replace('ARpc', 'AR!c')],
    ['a key that is too short', 'PeterNeumann+c74f20a3+ARpc'],
    ['a type that is not known', peterVkey.replace('+ARpc', '+Axpc')],
    ['no type', 'PeterNeumann+c74f20a3+'],
    ['an end of line', `${peterVkey}\n`],
    ['a cosigner’s id with a log’s type', golden.WITNESS_VKEY.replace('+BD1A', '+AT1A')],
  ])('is none with %s', (_, wrong) => {
    expect(() => parseVerifierKey(wrong)).toThrow('KEY_MALFORMED');
  });

  it('is not made of a name that no note could carry', () => {
    expect(() => verifierKey('a b', 'ed25519', new Uint8Array(32))).toThrow('KEY_MALFORMED');
    expect(() => verifierKey('a', 'ed25519', new Uint8Array(31))).toThrow('KEY_MALFORMED');
  });
});

describe('a signer’s key', () => {
  // golang/mod, sumdb/note/note_test.go and example_test.go.
  const skey = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';

  it('signs as the implementation that wrote it', async () => {
    expect(await signNote(text, [parseSignerKey(skey)])).toBe(note);
  });

  it('is written as that implementation writes it', () => {
    const seed = Buffer.from(skey.split('+').slice(4).join('+'), 'base64').subarray(1);
    expect(formatSignerKey('PeterNeumann', 'ed25519', seed)).toBe(skey);
    const cosigner = parseSignerKey(formatSignerKey('w', 'cosignature', seed));
    expect(cosigner.key).toEqual(seedSigner('w', 'cosignature', seed).key);
  });

  it.each([
    skey.replace('PRIVATE+', ''),
    skey.replace('c74f20a3', 'c74f20a4'),
    skey.slice(0, -4),
    skey.replace('+AYEK', '+BYEK'),
    `${skey}\n`,
    'PRIVATE+KEY+',
    '',
  ])('is not read from %j, and no error repeats it', (wrong) => {
    expect(() => parseSignerKey(wrong)).toThrow('KEY_MALFORMED');
    expect(() => parseSignerKey(wrong)).not.toThrow('AYEKFALV');
  });
});
