import type { Finding, Tokens } from './finding.ts';
import type { KeyMeaning } from './key-names.ts';

export type Replacement = Pick<Finding, 'text' | 'rule' | 'action'>;

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
      return dropped(meaning.label);
    case 'maybe_secret':
      return isOpaque(value) ? dropped(meaning.label) : null;
    case 'session':
      if (tokens.isSpent()) return tooManyTokens;
      return { text: tokens.session(value), rule: 'session', action: 'hash' };
    case 'identity': {
      if (tokens.isSpent()) return tooManyTokens;
      const text = tokens.principal(value, key);
      return text === null ? null : { text, rule: 'identity', action: 'token' };
    }
    case 'ordinary':
    default:
      return null;
  }
}

const tooManyTokens: Replacement = {
  text: '[DROPPED:too_many_tokens]',
  rule: 'too_many_tokens',
  action: 'drop',
};

function dropped(label: string): Replacement {
  return { text: `[REDACTED:${label}]`, rule: `key:${label}`, action: 'drop' };
}

// What an emitter, or we, replaced already. The whole value must be such a mark, or a secret could hide behind one.
function isReplaced(value: string): boolean {
  if (value[0] !== '[' && value[0] !== '<') return false;
  return /^[[<](?:REDACTED|SECRET|DROPPED|redacted)(?::[a-z0-9_]{1,32})?[\]>]$/.test(value);
}

function isOpaque(value: string): boolean {
  return value.length >= OPAQUE_CHARACTERS_MIN && !/\s/.test(value);
}
