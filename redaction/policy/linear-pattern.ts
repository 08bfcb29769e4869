import type { CharacterSet, PatternNode } from './pattern-syntax.ts';
import { parsePattern, PatternError } from './pattern-syntax.ts';

/** Where a match lies: code units of the text, the end not included. */
export type Match = { readonly start: number; readonly end: number };

/** A pattern ready to be looked for: see {@link compilePattern}. */
export type LinearPattern = {
  readonly states: readonly State[];
  /** By ASCII code: whether a match may begin with it. */
  readonly first: Uint8Array;
  readonly ignoreCase: boolean;
};

type State =
  | { readonly kind: 'character'; readonly set: CharacterSet; readonly next: number }
  | { readonly kind: 'boundary'; readonly next: number }
  | { readonly kind: 'fork'; readonly next: number; readonly other: number }
  | { readonly kind: 'match' };

/** A text that would take too long to search: it must be dropped as a whole. */
export class PatternTooCostlyError extends Error {
  override readonly name = 'PatternTooCostlyError';
}

/**
 * Compiles a pattern of the given syntax to a machine that reads a text once, whatever the pattern: all ways to match go on side by
 * side (Thompson 1968), none is tried and taken back. Throws `PatternError`.
 */
export function compilePattern(pattern: string, ignoreCase: boolean): LinearPattern {
  const folded = ignoreCase ? lowered(pattern) : pattern;
  const states: State[] = [{ kind: 'match' }];
  const start = compile(parsePattern(folded), 0, states);
  states.push({ kind: 'fork', next: start, other: start });
  const first = firstOf(states);
  return { states, first, ignoreCase };
}

// `\D`, `\W`, `\S`, `\B` mean something else in lower case.
function lowered(pattern: string): string {
  let text = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const isEscape = pattern[at] === '\\';
    text += isEscape ? pattern.slice(at, at + 2) : (pattern[at] ?? '').toLowerCase();
    if (isEscape) at += 1;
  }
  return text;
}

const STATES_MAX = 1024;

function add(states: State[], state: State): number {
  if (states.length >= STATES_MAX) {
    throw new PatternError(`needs more than ${STATES_MAX} states: use smaller counts`);
  }
  return states.push(state) - 1;
}

// Gives the state at which the node begins, where `next` follows it.
function compile(node: PatternNode, next: number, states: State[]): number {
  if (node.kind === 'character') return add(states, { kind: 'character', set: node.set, next });
  if (node.kind === 'boundary') return add(states, { kind: 'boundary', next });
  if (node.kind === 'repeat') return compileRepeat(node, next, states);
  if (node.kind === 'sequence') {
    return node.parts.reduceRight((after, part) => compile(part, after, states), next);
  }
  return node.parts
    .map((part) => compile(part, next, states))
    .reduce((other, start) => add(states, { kind: 'fork', next: start, other }));
}

function compileRepeat(
  { part, least, most }: Extract<PatternNode, { kind: 'repeat' }>,
  next: number,
  states: State[],
): number {
  let at = next;
  if (most === null) {
    const loop = add(states, { kind: 'fork', next, other: next });
    const body = compile(part, loop, states);
    states[loop] = { kind: 'fork', next: body, other: next };
    at = loop;
  } else {
    for (let count = least; count < most; count += 1) {
      at = add(states, { kind: 'fork', next: compile(part, at, states), other: next });
    }
  }
  for (let count = 0; count < least; count += 1) at = compile(part, at, states);
  return at;
}

function firstOf(states: readonly State[]): Uint8Array {
  const first = new Uint8Array(128);
  const seen = new Set<number>();
  const waiting = [states.length - 1];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const state = states[at];
    if (seen.has(at) || state === undefined) continue;
    seen.add(at);
    if (state.kind === 'match') throw new PatternError('fits a text of nothing');
    if (state.kind === 'fork') waiting.push(state.other);
    if (state.kind !== 'character') waiting.push(state.next);
    else for (let code = 0; code < 128; code += 1) if (isIn(state.set, code)) first[code] = 1;
  }
  return first;
}

/** Steps that a search may take for each character; texts and patterns that people write take a few. */
const STEPS_A_CHARACTER_MAX = 64;
const STEPS_MIN = 100_000;

/**
 * The matches of a pattern, from left to right, each the longest of those that begin first; none overlap. Linear: throws
 * `PatternTooCostlyError` for a text whose matches would have to be looked for again and again.
 */
export function findMatches(pattern: LinearPattern, text: string): readonly Match[] {
  const matches: Match[] = [];
  const folded = pattern.ignoreCase ? text.toLowerCase() : text;
  // A few letters are longer in lower case: places would no longer fit.
  const search = newSearch(pattern, folded.length === text.length ? folded : text);
  for (let from = 0; from < text.length;) {
    const match = nextMatch(search, from);
    if (match === null) return matches;
    matches.push(match);
    from = match.end;
  }
  return matches;
}

type Search = {
  readonly pattern: LinearPattern;
  readonly text: string;
  /** For each state the step at which it was last entered. */
  readonly entered: Int32Array;
  step: number;
  stepsLeft: number;
};

type Threads = { readonly states: number[]; readonly starts: number[] };

function newSearch(pattern: LinearPattern, text: string): Search {
  return {
    pattern,
    text,
    entered: new Int32Array(pattern.states.length),
    step: 0,
    stepsLeft: STEPS_A_CHARACTER_MAX * text.length + STEPS_MIN,
  };
}

function nextMatch(search: Search, from: number): Match | null {
  const { pattern, text } = search;
  const initial = pattern.states.length - 1;
  let threads: Threads = { states: [], starts: [] };
  let best: Match | null = null;
  for (let at = from; at <= text.length; at += 1) {
    const isIdle = threads.states.length === 0;
    if (isIdle && best !== null) return best;
    if (isIdle) at = nextStart(pattern, text, at);
    const entering: Threads = { states: [], starts: [] };
    search.step += 1;
    // Threads come in the order of their starts, so that of two in one state the earlier is kept.
    for (let index = 0; index < threads.states.length; index += 1) {
      const start = threads.starts[index] ?? 0;
      if (enter(search, threads.states[index] ?? 0, { at, start, into: entering })) {
        if (best === null || start <= best.start) best = { start, end: at };
      }
    }
    if (best === null) enter(search, initial, { at, start: at, into: entering });
    threads = advance(search, entering, at, best);
  }
  return best;
}

function nextStart({ first }: LinearPattern, text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 128 || first[code] === 1) return at;
  }
  return text.length;
}

type Entering = { readonly at: number; readonly start: number; readonly into: Threads };

// Follows what takes no character. True when that leads to the end of the pattern.
function enter(search: Search, state: number, entering: Entering): boolean {
  const { pattern, entered, step, text } = search;
  if (entered[state] === step) return false;
  entered[state] = step;
  search.stepsLeft -= 1;
  const known = pattern.states[state];
  if (known === undefined) return false;
  if (known.kind === 'match') return true;
  if (known.kind === 'fork') {
    const isMatch = enter(search, known.next, entering);
    return enter(search, known.other, entering) || isMatch;
  }
  if (known.kind === 'boundary') {
    return isBoundary(text, entering.at) && enter(search, known.next, entering);
  }
  entering.into.states.push(state);
  entering.into.starts.push(entering.start);
  return false;
}

// The threads that take the character, in the states behind it; those that begin behind the best match are given up.
function advance(search: Search, threads: Threads, at: number, best: Match | null): Threads {
  const { pattern, text } = search;
  const next: Threads = { states: [], starts: [] };
  if (at >= text.length) return next;
  const code = text.charCodeAt(at);
  search.stepsLeft -= threads.states.length;
  if (search.stepsLeft < 0) throw new PatternTooCostlyError('a text takes too long to search');
  for (let index = 0; index < threads.states.length; index += 1) {
    const start = threads.starts[index] ?? 0;
    const state = pattern.states[threads.states[index] ?? 0];
    if (best !== null && start > best.start) continue;
    if (state?.kind !== 'character' || !isIn(state.set, code)) continue;
    next.states.push(state.next);
    next.starts.push(start);
  }
  return next;
}

function isIn({ ranges, isNegated }: CharacterSet, code: number): boolean {
  for (const [low, high] of ranges) if (code >= low && code <= high) return !isNegated;
  return isNegated;
}

function isBoundary(text: string, at: number): boolean {
  return isWord(text.charCodeAt(at - 1)) !== isWord(text.charCodeAt(at));
}

function isWord(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x5f ||
    code >= 0xc0
  );
}
