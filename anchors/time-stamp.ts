import { createHash } from 'node:crypto';
import { AnchorError } from './errors.ts';
import { TAGS, childrenOf, expectTag, readDer, writeDer } from './der.ts';
import type { Der } from './der.ts';

/** Object identifiers, as their content in hexadecimal digits. */
export const OIDS = {
  sha1: '2b0e03021a',
  sha256: '608648016503040201',
  sha384: '608648016503040202',
  sha512: '608648016503040203',
  signedData: '2a864886f70d010702',
  timeStampInfo: '2a864886f70d0109100104',
  contentType: '2a864886f70d010903',
  messageDigest: '2a864886f70d010904',
  signingCertificate: '2a864886f70d010910020c',
  signingCertificateV2: '2a864886f70d010910022f',
} as const;

/** What a time stamp says, once verified. */
export type TimeStampInfo = {
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  /** Hexadecimal digits. */
  readonly serial: string;
  /** SHA-256 of what was stamped, hexadecimal digits. */
  readonly digest: string;
  /** Hexadecimal digits of the number that the request had. */
  readonly nonce: string | undefined;
};

/** A request to stamp a message, with the certificate in the answer. The nonce is a positive number as bytes. Source: RFC 3161 §2.4.1. */
export function timeStampRequest(message: Uint8Array, nonce: Uint8Array): Uint8Array {
  const digest = createHash('sha256').update(message).digest();
  const algorithm = writeDer(
    TAGS.sequence,
    writeDer(TAGS.oid, Buffer.from(OIDS.sha256, 'hex')),
    writeDer(TAGS.null),
  );
  return writeDer(
    TAGS.sequence,
    writeDer(TAGS.integer, Uint8Array.of(1)),
    writeDer(TAGS.sequence, algorithm, writeDer(TAGS.octets, digest)),
    writeDer(TAGS.integer, positive(nonce)),
    writeDer(TAGS.boolean, Uint8Array.of(0xff)),
  );
}

/** The shortest spelling of a positive number. */
function positive(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  return (digits[0] ?? 0) < 0x80 ? digits : Buffer.concat([Uint8Array.of(0), digits]);
}

/** The token of a response: ANCHOR_REFUSED where the authority gives none. Source: RFC 3161 §2.4.2. */
export function tokenOf(response: Uint8Array): Der {
  const [status, token] = childrenOf(expectTag(readDer(response), TAGS.sequence));
  const [code] = childrenOf(expectTag(status, TAGS.sequence));
  const granted = hex(expectTag(code, TAGS.integer).content);
  // 0 granted, 1 granted with changes.
  if (granted === '00' || granted === '01') return expectTag(token, TAGS.sequence);
  throw new AnchorError('ANCHOR_REFUSED', `The authority answered status ${granted}.`);
}

/** TSTInfo, without any signature verified. Source: RFC 3161 §2.4.2. */
export function readTimeStampInfo(bytes: Uint8Array): TimeStampInfo {
  const [version, policy, imprint, serial, time, ...rest] = childrenOf(
    expectTag(readDer(bytes), TAGS.sequence),
  );
  if (hex(expectTag(version, TAGS.integer).content) !== '01') throw invalid('its version is not 1');
  expectTag(policy, TAGS.oid);
  const [algorithm, digest] = childrenOf(expectTag(imprint, TAGS.sequence));
  const [oid] = childrenOf(expectTag(algorithm, TAGS.sequence));
  if (hex(expectTag(oid, TAGS.oid).content) !== OIDS.sha256) {
    throw invalid('it stamps another digest than SHA-256');
  }
  const nonce = rest.find(({ tag }) => tag === TAGS.integer);
  return {
    timeMs: readTime(expectTag(time, TAGS.time)),
    serial: hex(expectTag(serial, TAGS.integer).content),
    digest: hex(expectTag(digest, TAGS.octets).content),
    nonce: nonce && hex(nonce.content),
  };
}

/** `YYYYMMDDhhmmss[.s…]Z`. */
function readTime({ content }: Der): number {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/.exec(
    Buffer.from(content).toString('latin1'),
  );
  if (match === null) throw invalid('its time is none');
  const [, year, month, day, hour, minute, second, fraction = ''] = match;
  const timeMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}Z`);
  if (Number.isNaN(timeMs)) throw invalid('its time is none');
  return timeMs;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function invalid(why: string): AnchorError {
  return new AnchorError('ANCHOR_TIME_INVALID', `${why}.`);
}
