import type { LinearPattern, Match } from './linear-pattern.ts';
import { compilePattern, findMatches } from './linear-pattern.ts';
import { passesCheck } from './check-digits.ts';
import type { OwnDetector } from './policy.ts';

/** A tenant's detector, ready to be used. */
export type CompiledDetector = {
  readonly detector: OwnDetector;
  readonly pattern: LinearPattern;
  readonly context: ReadonlySet<string> | null;
};

/** Throws `PatternError` for what is no pattern. */
export function compileDetector(detector: OwnDetector): CompiledDetector {
  const { context, pattern, ignoreCase } = detector;
  return {
    detector,
    pattern: compilePattern(pattern, ignoreCase),
    context: context === null ? null : new Set(context.map((word) => word.toLowerCase())),
  };
}

/** How far from a match a word of its context may end or begin, in characters. */
export const CONTEXT_CHARS_MAX = 40;

/**
 * What a detector finds in a text that stands under a key. Throws `PatternTooCostlyError`; time is in proportion to the text.
 */
export function findOwn(
  { detector, pattern, context }: CompiledDetector,
  text: string,
  keyPath: string,
): readonly Match[] {
  const matches = findMatches(pattern, text);
  if (matches.length === 0) return matches;
  const isKeyed = context !== null && hasWord(keyPath, context);
  return matches.filter(({ start, end }) => {
    if (!passesCheck(detector.validator, text.slice(start, end))) return false;
    if (context === null || isKeyed) return true;
    const before = text.slice(Math.max(0, start - CONTEXT_CHARS_MAX), start);
    return hasWord(before, context) || hasWord(text.slice(end, end + CONTEXT_CHARS_MAX), context);
  });
}

/** Whether a key alone has a word of a detector's context in it: numbers under it are then looked at too. */
export function isContextKey({ context }: CompiledDetector, keyPath: string): boolean {
  return context !== null && hasWord(keyPath, context);
}

// Whole words: `employee_id` and `employeeId` have `employee`, `unemployed` has not.
function hasWord(text: string, words: ReadonlySet<string>): boolean {
  for (const word of text.match(/\p{Lu}?[\p{Ll}\p{Lo}\p{M}]+|\p{Lu}+(?!\p{Ll})|\p{N}+/gu) ?? []) {
    if (words.has(word.toLowerCase())) return true;
  }
  return false;
}
