import type { Verdict } from '../../schemas/record-types.ts';

/** What a word for a decision says, in whatever form it comes (`deny`, `denied_by_policy`, `auto_accept`); undefined for any other. */
export function verdictOf(said: string): Verdict | undefined {
  const word = said.toLowerCase();
  return stems.find(([stem]) => word.startsWith(stem))?.[1];
}

// How words begin; the longer stand before those that they begin with.
const stems: readonly (readonly [string, Verdict])[] = [
  ['not allowed', 'denied'],
  ['not_allowed', 'denied'],
  ['not-allowed', 'denied'],
  ['deny', 'denied'],
  ['denied', 'denied'],
  ['block', 'denied'],
  ['reject', 'denied'],
  ['refuse', 'denied'],
  ['forbid', 'denied'],
  ['disallow', 'denied'],
  ['prohibit', 'denied'],
  ['abort', 'denied'],
  ['cancel', 'denied'],
  ['revoke', 'denied'],
  ['expire', 'denied'],
  ['invalid', 'denied'],
  ['exceed', 'denied'],
  ['throttl', 'denied'],
  ['auto_accept', 'allowed'],
  ['accept', 'allowed'],
  ['approve', 'allowed'],
  ['allow', 'allowed'],
  ['permit', 'allowed'],
  ['grant', 'allowed'],
  ['pass', 'allowed'],
  ['issue', 'allowed'],
  ['refresh', 'allowed'],
  ['renew', 'allowed'],
  ['exchange', 'allowed'],
  ['verified', 'allowed'],
  ['valid', 'allowed'],
  ['modif', 'changed'],
  ['redact', 'changed'],
  ['mask', 'changed'],
  ['ask', 'requested'],
  ['pending', 'requested'],
  ['request', 'requested'],
];
