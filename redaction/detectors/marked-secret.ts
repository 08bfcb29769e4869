import type { Scan } from '../finding.ts';
import { byteAt, isDigit, matchAt, report } from '../finding.ts';

const CHAT_ID_DIGITS_MAX = 10;

const telegram = /\d{8,10}:AA[A-Za-z0-9_-]{32,33}(?![A-Za-z0-9_-])/y;
const discord = /[MNO][A-Za-z0-9]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}/y;
const mailchimp = /[0-9a-f]{32}-us\d{1,2}(?![A-Za-z0-9])/y;
const google = /1\/\/0[A-Za-z0-9_-]{40,}/y;
const asana = /\d\/\d{16}(?:\/\d{16})?:[0-9a-f]{32}(?![A-Za-z0-9])/y;
const asanaStart = 'd/dddddddddddddddd/dddddddddddddddd:'.length;

/**
 * Secrets that a pattern around a long word marks, not a prefix: three parts with points, a key with its data centre (`…-us12`). `start` and `end` are those of the word. 0 when it is none.
 */
export function detectMarked(scan: Scan, start: number, end: number): number {
  const before = byteAt(scan, start - 1);
  if (before === 0x2f && byteAt(scan, start - 2) === 0x2f)
    return drop(scan, start - 3, google, 'google_oauth_token');
  const behind = byteAt(scan, end);
  if (behind === 0x2e) return drop(scan, start, discord, 'discord_token');
  return behind === 0x2d ? drop(scan, start, mailchimp, 'mailchimp_key') : 0;
}

const azure = /[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~-])/y;

/** A client secret of Entra ID: `Q~` behind a digit. `end` is that of a word, where the `~` stands. 0 when it is none. */
export function detectAzureSecret(scan: Scan, end: number): number {
  return byteAt(scan, end) === 0x7e && byteAt(scan, end - 1) === 0x51
    ? drop(scan, end - 5, azure, 'azure_client_secret')
    : 0;
}

/** A bot's or a person's token behind their number: `<digits>:AA…`, `1/<digits>:<hex>`. `start` is that of a word. 0 when it is none. */
export function detectBehindId(scan: Scan, start: number): number {
  if (byteAt(scan, start - 1) !== 0x3a || !isDigit(byteAt(scan, start - 2))) return 0;
  let from = start - 1;
  while (from > start - 2 - CHAT_ID_DIGITS_MAX && isDigit(byteAt(scan, from - 1))) from -= 1;
  const found = drop(scan, from, telegram, 'telegram_token');
  if (found !== 0) return found;
  const long = drop(scan, start - asanaStart, asana, 'asana_token');
  return long === 0 ? drop(scan, start - asanaStart + 17, asana, 'asana_token') : long;
}

function drop(scan: Scan, at: number, pattern: RegExp, kind: string): number {
  if (at < Math.max(scan.start, scan.findings.at(-1)?.end ?? 0)) return 0;
  const text = matchAt(scan, pattern, at);
  if (text === null) return 0;
  return report(scan, at, at + text.length, { dataClass: 'secret', rule: `secret:${kind}` });
}
