import type { Redaction, RedactionReceipt } from '../../schemas/redactor.ts';
import { RECEIPT_TOKENS_MAX } from '../../schemas/redactor.ts';
import type { TokenKey } from '../class-token.ts';
import { classToken } from '../class-token.ts';
import type { ActionFor, ClassAction, DataClass } from '../data-classes.ts';
import { dataClasses } from '../data-classes.ts';
import { viewOf } from '../finding.ts';
import type { TenantRedactor } from '../redactor.ts';
import type { CompiledDetector } from './own-detector.ts';
import { findOwn, isContextKey } from './own-detector.ts';

/** By what a tenant's own findings are replaced. */
export type OwnReplacing = {
  readonly detectors: readonly CompiledDetector[];
  readonly actionFor: ActionFor;
  readonly tokenKey: TokenKey;
};

/**
 * A redactor that runs a tenant's own detectors first and hands what they left to the engine. Without detectors it is the engine. It may
 * throw, like any redactor may: the caller then drops the value.
 */
export function withOwnDetectors(engine: TenantRedactor, own: OwnReplacing): TenantRedactor {
  if (own.detectors.length === 0) return engine;
  return {
    ...engine,
    redactValue: (keyPath, value, start = 0, end = value.length) => {
      const first = engine.isSensitiveKey(keyPath)
        ? null
        : replaceOwn(own, keyPath, viewOf(value).toString('utf8', start, end), 'utf8');
      if (first === null) return engine.redactValue(keyPath, value, start, end);
      return joined(first, engine.redactValue(keyPath, first.replacement));
    },
    redactBytes: (keyPath, value, start = 0, end = value.length) => {
      const first = engine.isSensitiveKey(keyPath)
        ? null
        : replaceOwn(own, keyPath, viewOf(value).toString('latin1', start, end), 'latin1');
      if (first === null) return engine.redactBytes(keyPath, value, start, end);
      return joined(first, engine.redactBytes(keyPath, first.replacement));
    },
    isSensitiveKey: (keyPath, isNumber) =>
      engine.isSensitiveKey(keyPath, isNumber) ||
      (isNumber === true && own.detectors.some((each) => isContextKey(each, keyPath))),
  };
}

function joined(first: Redaction, second: Redaction | null): Redaction {
  if (second === null) return first;
  return {
    replacement: second.replacement,
    receipts: [...first.receipts, ...second.receipts],
  };
}

function replaceOwn(
  own: OwnReplacing,
  keyPath: string,
  text: string,
  encoding: 'utf8' | 'latin1',
): Redaction | null {
  let replaced = text;
  const receipts: RedactionReceipt[] = [];
  for (const detector of own.detectors) {
    const { id, class: dataClass } = detector.detector;
    const action = own.actionFor(dataClass, keyPath);
    const matches = action === 'keep' ? [] : findOwn(detector, replaced, keyPath);
    if (matches.length === 0) continue;
    const done = createReplacing(own.tokenKey, dataClass, action);
    let next = '';
    let from = 0;
    for (const { start, end } of matches) {
      next += replaced.slice(from, start) + done.replace(replaced.slice(start, end));
      from = end;
    }
    replaced = next + replaced.slice(from);
    receipts.push({ rule: `own:${id}`, dataClass, count: matches.length, ...done.receipt() });
  }
  return receipts.length === 0 ? null : { replacement: Buffer.from(replaced, encoding), receipts };
}

export type Replacing = {
  readonly replace: (match: string) => string;
  readonly receipt: () => Pick<RedactionReceipt, 'action' | 'tokens' | 'keyVersion'>;
};

/** How values of a class are replaced by an action, and the receipt of those that were. */
export function createReplacing(key: TokenKey, dataClass: DataClass, said: ClassAction): Replacing {
  const action = dataClasses[dataClass].isDigestForbidden ? 'drop' : said;
  const tokens = new Set<string>();
  if (action === 'token') {
    return {
      replace: (match) => {
        const token = classToken(key, dataClass, match);
        if (tokens.size < RECEIPT_TOKENS_MAX) tokens.add(token);
        return token;
      },
      receipt: () => ({ action, tokens: [...tokens], keyVersion: key.version }),
    };
  }
  if (action === 'truncate') return { replace: truncated, receipt: () => ({ action }) };
  if (action === 'mask') return { replace: masked, receipt: () => ({ action }) };
  return { replace: () => `[DROPPED:${dataClass}]`, receipt: () => ({ action: 'drop' }) };
}

const KEPT_CHARACTERS = 4;

// The last four of an id that is at least twice as long.
function truncated(match: string): string {
  if (match.length < 2 * KEPT_CHARACTERS) return masked(match);
  return masked(match.slice(0, -KEPT_CHARACTERS)) + match.slice(-KEPT_CHARACTERS);
}

function masked(match: string): string {
  return match.replace(/[\p{L}\p{N}]/gu, '*');
}
