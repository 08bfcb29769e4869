import { X509Certificate, createHash, verify } from 'node:crypto';
import { TAGS, childrenOf, expectTag } from './der.ts';
import type { Der } from './der.ts';
import { OIDS, hex, invalid, readTimeStampInfo, tokenOf } from './time-stamp.ts';
import type { TimeStampInfo } from './time-stamp.ts';

const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
/** Certificates between the signer's and a trusted one. */
const CHAIN_MAX = 5;

/**
 * What a time stamp says of a message: stamped by a certificate for time stamping that one of the given authorities issued, itself or through others in the
 * token, and that was valid then. ANCHOR_TIME_INVALID otherwise. Revocation is not looked up. Source: RFC 3161 §2.4.2, RFC 5652 §5, RFC 5035.
 */
export function verifyTimeStamp(
  response: Uint8Array,
  message: Uint8Array,
  authorities: readonly X509Certificate[],
): TimeStampInfo {
  const signed = readSignedData(tokenOf(response));
  const info = readTimeStampInfo(signed.content);
  if (info.digest !== createHash('sha256').update(message).digest('hex')) {
    throw invalid('it stamps something else');
  }
  const signer = signerOf(signed);
  checkSignature(signed, signer);
  checkIssuer(signer, signed.certificates, authorities, info.timeMs);
  return info;
}

type SignedData = {
  readonly content: Uint8Array;
  readonly certificates: readonly X509Certificate[];
  readonly digest: DigestName;
  /** The attributes that are signed, by object identifier. */
  readonly attributes: ReadonlyMap<string, Der>;
  /** What the signature covers. */
  readonly covered: Uint8Array;
  readonly signature: Uint8Array;
};

type DigestName = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** ContentInfo with SignedData of one signer. Source: RFC 5652 §3, §5.1. */
function readSignedData(token: Der): SignedData {
  const [type, explicit] = childrenOf(token);
  if (hex(expectTag(type, TAGS.oid).content) !== OIDS.signedData) throw invalid('it is not signed');
  const [inner] = childrenOf(expectTag(explicit, TAGS.context0));
  const parts = childrenOf(expectTag(inner, TAGS.sequence));
  const [, , encapsulated] = parts;
  const certificates = parts.find(({ tag }) => tag === TAGS.context0);
  const [signer, ...others] = childrenOf(expectTag(parts.at(-1), TAGS.set));
  if (others.length > 0) throw invalid('it has more than one signer');
  return {
    content: readContent(expectTag(encapsulated, TAGS.sequence)),
    certificates: certificates ? childrenOf(certificates).map(readCertificate) : [],
    ...readSigner(expectTag(signer, TAGS.sequence)),
  };
}

function readContent(encapsulated: Der): Uint8Array {
  const [type, explicit] = childrenOf(encapsulated);
  if (hex(expectTag(type, TAGS.oid).content) !== OIDS.timeStampInfo) {
    throw invalid('what is signed is no time stamp');
  }
  const [octets] = childrenOf(expectTag(explicit, TAGS.context0));
  return expectTag(octets, TAGS.octets).content;
}

/** SignerInfo. Source: RFC 5652 §5.3. */
function readSigner(
  signer: Der,
): Pick<SignedData, 'digest' | 'attributes' | 'covered' | 'signature'> {
  const [, , digestAlgorithm, signedAttributes, , signature] = childrenOf(signer);
  const [oid] = childrenOf(expectTag(digestAlgorithm, TAGS.sequence));
  const attributes = expectTag(signedAttributes, TAGS.context0);
  // §5.4: what is signed is the attributes as a SET, not under the tag that they have here.
  const covered = Uint8Array.from(attributes.whole);
  covered[0] = TAGS.set;
  return {
    digest: digestNameOf(oid),
    attributes: new Map(childrenOf(attributes).map(readAttribute)),
    covered,
    signature: expectTag(signature, TAGS.octets).content,
  };
}

function readAttribute(attribute: Der): readonly [string, Der] {
  const [type, values] = childrenOf(attribute);
  const [value, ...others] = childrenOf(expectTag(values, TAGS.set));
  if (value === undefined || others.length > 0) throw invalid('an attribute has not one value');
  return [hex(expectTag(type, TAGS.oid).content), value];
}

/** The certificate that the signed attributes name by its hash, so that no other can be put in its place. Source: RFC 5035 §3, §4. */
function signerOf({ attributes, certificates }: SignedData): X509Certificate {
  const v2 = attributes.get(OIDS.signingCertificateV2);
  const value = v2 ?? attributes.get(OIDS.signingCertificate);
  const [list] = childrenOf(expectTag(value, TAGS.sequence));
  const [first] = childrenOf(expectTag(list, TAGS.sequence));
  const id = childrenOf(expectTag(first, TAGS.sequence));
  const [algorithm] = id;
  const isTold = algorithm?.tag === TAGS.sequence;
  const name = isTold ? digestNameOf(childrenOf(algorithm)[0]) : v2 ? 'sha256' : 'sha1';
  const wanted = hex(
    expectTag(
      id.find(({ tag }) => tag === TAGS.octets),
      TAGS.octets,
    ).content,
  );
  const found = certificates.find(
    ({ raw }) => createHash(name).update(raw).digest('hex') === wanted,
  );
  if (found) return found;
  throw invalid('the certificate of its signer is not in it');
}

function checkSignature(
  { attributes, content, digest, covered, signature }: SignedData,
  signer: X509Certificate,
): void {
  const type = expectTag(attributes.get(OIDS.contentType), TAGS.oid);
  const told = expectTag(attributes.get(OIDS.messageDigest), TAGS.octets);
  const isOwn = hex(told.content) === createHash(digest).update(content).digest('hex');
  if (hex(type.content) !== OIDS.timeStampInfo || !isOwn) throw invalid('it was changed');
  if (digest === 'sha1' || !isSignedBy(signer, digest, covered, signature)) {
    throw invalid('its signature does not verify');
  }
}

function isSignedBy(
  signer: X509Certificate,
  digest: DigestName,
  covered: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return verify(digest, covered, signer.publicKey, signature);
  } catch {
    return false;
  }
}

function checkIssuer(
  signer: X509Certificate,
  certificates: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  timeMs: number,
): void {
  // Node gives the extended key usage under this name.
  if (!signer.keyUsage.includes(TIME_STAMPING))
    throw invalid('its signer is not for time stamping');
  let current = signer;
  for (let hops = 0; hops < CHAIN_MAX; hops += 1) {
    checkValidity(current, timeMs);
    if (authorities.some((authority) => isIssuedBy(current, authority))) return;
    const next = certificates.find((one) => one.ca && isIssuedBy(current, one));
    if (next === undefined || next.fingerprint256 === current.fingerprint256) break;
    current = next;
  }
  throw invalid('no authority that is given issued its signer');
}

function checkValidity({ validFromDate, validToDate }: X509Certificate, timeMs: number): void {
  if (validFromDate.getTime() <= timeMs && timeMs <= validToDate.getTime()) return;
  throw invalid('a certificate of it was not valid at its time');
}

function isIssuedBy(one: X509Certificate, issuer: X509Certificate): boolean {
  return one.checkIssued(issuer) && one.verify(issuer.publicKey);
}

function readCertificate({ whole }: Der): X509Certificate {
  try {
    return new X509Certificate(whole);
  } catch {
    throw invalid('a certificate in it is none');
  }
}

function digestNameOf(oid: Der | undefined): DigestName {
  const told = hex(expectTag(oid, TAGS.oid).content);
  const names = ['sha1', 'sha256', 'sha384', 'sha512'] as const;
  const name = names.find((one) => OIDS[one] === told);
  if (name) return name;
  throw invalid('it uses a digest that is not known here');
}
