import type { DataClass } from './data-classes.ts';
import { dataClasses } from './data-classes.ts';
import type { Finding, Tokens } from './finding.ts';
import type { KeyMeaning } from './key-names.ts';

export type Replacement = Pick<Finding, 'dataClass' | 'rule' | 'fixed'>;

const OPAQUE_CHARACTERS_MIN = 16;

/** What takes the place of a value whose key has a meaning; null when the value may stay. */
export function replacementFor(
  meaning: KeyMeaning,
  value: string,
  key: string,
  tokens: Tokens,
): Replacement | null {
  if (value === '' || isReplaced(value)) return null;
  switch (meaning.kind) {
    case 'secret':
      if (isReference(value)) return null;
      return dropped(meaning.label);
    case 'maybe_secret':
      if (!isOpaque(value) || isReference(value)) return null;
      return isRandomEnough(value, meaning.mustLook) ? dropped(meaning.label) : null;
    case 'session':
      if (tokens.isSpent()) return tooManyTokens;
      return {
        dataClass: 'secret',
        rule: 'session',
        fixed: { text: tokens.session(value), action: 'hash' },
      };
    case 'identity': {
      if (tokens.isSpent()) return tooManyTokens;
      const text = tokens.principal(value, key);
      if (text === null) return null;
      return { dataClass: 'username', rule: 'identity', fixed: { text, action: 'token' } };
    }
    case 'ordinary':
    case 'structural':
    case 'term':
    default:
      return null;
  }
}

const tooManyTokens: Replacement = {
  dataClass: 'username',
  rule: 'too_many_tokens',
  fixed: { text: '[DROPPED:too_many_tokens]', action: 'drop' },
};

function dropped(label: string): Replacement {
  return { dataClass: classOfLabel.get(label) ?? 'secret', rule: `key:${label}` };
}

const classOfLabel: ReadonlyMap<string, DataClass> = new Map([
  ['password', 'password'],
  ['card_verification', 'card_verification'],
  ['private_key', 'private_key'],
]);

// What an emitter, or we, replaced already. The whole value must be such a mark, or a secret could hide behind one.
export function isReplaced(value: string): boolean {
  if (value[0] !== '[' && value[0] !== '<') return false;
  return value.length <= 80 && mark.test(value);
}

/** A mark that takes a value's place: `[REDACTED:password]`, `[EMAIL:k1:3f9c…]`, `[BIRTH_DATE:1980]`. */
export const markSource = `[[<](?:REDACTED|SECRET|DROPPED|redacted|${Object.keys(dataClasses)
  .map((name) => name.toUpperCase())
  .join('|')})(?::[a-z0-9_]{1,32}){0,2}[\\]>]`;
const mark = new RegExp(`^${markSource}$`);

// Code that says where a secret comes from: `os.environ[…`, `getKey()`, `${X}`.
export function isReference(value: string): boolean {
  return value.length < 128 && reference.test(value);
}

const reference =
  /^(?:os\.(?:environ|getenv)\b.*|process\.[a-z]+\.[A-Z_]+|(?:self|this|config|settings|args|opts|options|env|secrets|vault)\.[A-Za-z_.]+(?:\(\))?|(?:get|load|read|fetch)[A-Za-z_]*\(.*|\$\{\{?[\w .]+\}\}?|\{\{[\w .]+\}\}|\$[A-Z_]+|%[A-Z_]+%|<[a-z][a-z_-]+>)$/;

function isOpaque(value: string): boolean {
  return value.length >= OPAQUE_CHARACTERS_MIN && !/\s/.test(value);
}

function isRandomEnough(value: string, mustLook: 'random' | 'drawn' | undefined): boolean {
  if (mustLook === undefined) return true;
  return looksRandom(value) && (mustLook === 'random' || looksDrawn(value));
}

const DRAWN_LENGTH_MIN = 20;
const DRAWN_LENGTH_MAX = 256;

// Letters and digits drawn by chance, and more letters than those of a digest or a UUID.
function looksDrawn(value: string): boolean {
  if (value.length < DRAWN_LENGTH_MIN || value.length > DRAWN_LENGTH_MAX) return false;
  if (ulid.test(value) || isSpelled(value)) return false;
  return /^[A-Za-z0-9_~+-]+={0,2}$/.test(value) && /[g-zG-Z].*[g-zG-Z].*[g-zG-Z]/.test(value);
}

// `Feature2026RolloutPlanForEurope`: a capital begins a word, and words are longer than what chance puts side by side.
function isSpelled(value: string): boolean {
  const pieces = value.match(/[0-9]+|[A-Z]?[a-z]+|[A-Z]+/g) ?? [];
  return pieces.length < CHANGES_MIN * value.length;
}

const ulid = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

const CHANGES_MIN = 1 / 4;

// Digits strewn among letters, as in no name of a thing: `bfdc8b58…`, not `registry-credentials-2026`.
function looksRandom(value: string): boolean {
  const pieces = value.match(/[0-9]+|[a-z]+|[A-Z]+/g) ?? [];
  return /\d/.test(value) && pieces.length >= CHANGES_MIN * Math.min(value.length, 128);
}
