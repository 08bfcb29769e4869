import type { AttributeValue } from '../otlp/span.ts';
import type { Receipt, RedactionAction } from '../schemas/record-types.ts';
import { RedactionActionValues } from '../schemas/record-types.ts';
import { jsonArray } from './read-payload.ts';

/** The receipts in a `waybill.receipts` attribute: a JSON array of
 * `{rule, path, count, action, class?, key?, tokens?}`. What is no such text holds none. */
export function readReceipts(text: string): readonly Receipt[] {
  const known = recent.get(text);
  if (known) return known;
  const receipts = jsonArray(text).slice(0, RECEIPTS_MAX).map(receiptFrom);
  if (recent.size >= RECENT_MAX) recent.clear();
  recent.set(text, receipts);
  return receipts;
}

/**
 * Equal receipts as one, whose count is the sum of theirs, in the order of first use: the spans of a call pass redaction each for itself, and mostly
 * say the same. At most 128; further ones are left out.
 */
export function mergeReceipts(receipts: readonly Receipt[]): readonly Receipt[] {
  const merged = new Map<string, Receipt>();
  for (const receipt of receipts) {
    const { rule, path, action, dataClass, keyVersion, tokens } = receipt;
    const name = JSON.stringify([rule, path, action, dataClass, keyVersion, tokens]);
    const before = merged.get(name);
    if (before) {
      merged.set(name, { ...before, count: Math.min(before.count + receipt.count, COUNT_MAX) });
    } else if (merged.size < MERGED_MAX) merged.set(name, receipt);
  }
  return [...merged.values()];
}

const MERGED_MAX = 128;
const COUNT_MAX = 2 ** 31 - 1;
const RECEIPTS_MAX = 64;
const TEXT_CHARS_MAX = 256;
const TOKENS_MAX = 8;

// Most spans of a deployment have the same few receipts: identities and sessions that were replaced.
const RECENT_MAX = 512;
const recent = new Map<string, readonly Receipt[]>();

function receiptFrom(entry: Readonly<Record<string, unknown>>): Receipt {
  const { rule, path, count, action } = entry;
  return {
    rule: typeof rule === 'string' ? rule.slice(0, TEXT_CHARS_MAX) : 'unknown',
    path: typeof path === 'string' ? path.slice(0, TEXT_CHARS_MAX) : '',
    count:
      typeof count === 'number' && Number.isSafeInteger(count) ? Math.min(count, COUNT_MAX) : 1,
    action: actionFrom(action),
    ...classAndTokens(entry),
  };
}

function classAndTokens(
  entry: Readonly<Record<string, unknown>>,
): Pick<Receipt, 'dataClass' | 'keyVersion' | 'tokens'> {
  const { class: dataClass, key, tokens } = entry;
  const texts = Array.isArray(tokens) ? tokens.filter((token) => typeof token === 'string') : [];
  return {
    dataClass: typeof dataClass === 'string' ? dataClass.slice(0, TEXT_CHARS_MAX) : null,
    keyVersion: typeof key === 'number' && Number.isSafeInteger(key) ? key : null,
    tokens: texts.slice(0, TOKENS_MAX).map((token) => token.slice(0, TEXT_CHARS_MAX)),
  };
}

function actionFrom(value: unknown): RedactionAction {
  return RedactionActionValues.find((action) => action === value) ?? 'unknown';
}

/** The text of the attribute; null for what is no text. */
export function receiptsText(value: AttributeValue): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
