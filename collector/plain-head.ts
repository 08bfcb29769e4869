import { mediaTypes } from './export-response.ts';
import type { OtlpEncoding } from './export-response.ts';

/** What a plain request's head says. */
export type PlainHead = {
  readonly authorization: string;
  readonly encoding: OtlpEncoding;
  readonly contentLength: number;
};

/**
 * Reads the head of a request of the plainest kind: `POST /v1/traces HTTP/1.1`, one `Host`, one `Authorization`, an OTLP
 * `Content-Type`, one decimal `Content-Length`, and nothing that changes how a message is framed or answered. `head` is
 * everything before the empty line, in latin1. Whatever deviates, be it allowed, odd or hostile, gives undefined: it is Node's HTTP
 * server's to judge. Source: RFC 9112, sections 2 to 6.
 */
export function readPlainHead(head: string): PlainHead | undefined {
  if (!head.startsWith(REQUEST_LINE)) return undefined;
  const found: Found = {};
  let at = REQUEST_LINE.length;
  while (at <= head.length) {
    const next = head.indexOf('\r\n', at);
    const end = next < 0 ? head.length : next;
    if (!takeField(found, head, at, end)) return undefined;
    at = end + 2;
  }
  const { host, authorization, encoding, length } = found;
  if (host === undefined || authorization === undefined) return undefined;
  if (encoding === undefined || length === undefined) return undefined;
  return { authorization, encoding, contentLength: length };
}

export type HeadReader = (head: string) => PlainHead | undefined;

const HEADS_KEPT_MAX = 1024;

/** {@link readPlainHead} that knows again what it found plain: a sender's heads differ in the length of the body only. */
export function createHeadReader(): HeadReader {
  const plain = new Map<string, PlainHead>();
  return (text) => {
    const known = plain.get(text);
    if (known) return known;
    const head = readPlainHead(text);
    if (plain.size >= HEADS_KEPT_MAX) plain.clear();
    if (head) plain.set(text, head);
    return head;
  };
}

const REQUEST_LINE = 'POST /v1/traces HTTP/1.1\r\n';

type Found = { host?: string; authorization?: string; encoding?: OtlpEncoding; length?: number };

/** False where this field, or its repetition, takes the request out of the plain kind. */
function takeField(found: Found, head: string, start: number, end: number): boolean {
  const colon = head.indexOf(':', start);
  if (colon <= start || colon >= end) return false;
  const name = head.slice(start, colon);
  if (!FIELD_NAME.test(name)) return false;
  const raw = head.slice(colon + 1, end);
  // Control characters, a bare CR or LF among them, and bytes beyond ASCII: looked for before anything is cut off, because `trim` takes
  // for white space what HTTP does not.
  if (!FIELD_VALUE.test(raw)) return false;
  const take = fields.get(name.toLowerCase());
  return take === undefined || take(found, raw.trim());
}

const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/u;
const FIELD_VALUE = /^[\t\x20-\x7e]*$/u;
const DECIMAL = /^[0-9]{1,9}$/u;

type Take = (found: Found, value: string) => boolean;

const never: Take = () => false;

/** The fields that count here. All others are of no consequence to an export. A map, for a field may be called `__proto__`. */
const fields: ReadonlyMap<string, Take> = new Map<string, Take>(
  Object.entries({
    host: (found, value) => {
      if (found.host !== undefined || value === '') return false;
      found.host = value;
      return true;
    },
    authorization: (found, value) => {
      if (found.authorization !== undefined) return false;
      found.authorization = value;
      return true;
    },
    'content-type': (found, value) => {
      if (found.encoding !== undefined) return false;
      if (value === mediaTypes.protobuf) found.encoding = 'protobuf';
      else if (value === mediaTypes.json) found.encoding = 'json';
      return found.encoding !== undefined;
    },
    'content-length': (found, value) => {
      if (found.length !== undefined || !DECIMAL.test(value)) return false;
      found.length = Number(value);
      return true;
    },
    connection: (_, value) => value.toLowerCase() === 'keep-alive',
    'content-encoding': never,
    'transfer-encoding': never,
    expect: never,
    upgrade: never,
    te: never,
    trailer: never,
  } satisfies Record<string, Take>),
);
