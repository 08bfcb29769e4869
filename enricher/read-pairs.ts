import type { Attributes } from '../otlp/span.ts';

/**
 * The members of `k=v, k=v`. A comma inside a value is not told from one between two pairs but by what follows it: a name and `=`.
 * Undefined for a text that does not begin with a pair.
 */
export function readPairs(text: string): Attributes | undefined {
  const members = new Map<string, string>();
  let name = '';
  for (const piece of text.split(', ')) {
    const end = piece.indexOf('=');
    const next = end > 0 ? piece.slice(0, end) : '';
    if (isName(next) && members.size < PAIRS_MAX) {
      name = next;
      members.set(name, piece.slice(end + 1));
    } else if (name === '') return undefined;
    else members.set(name, `${members.get(name) ?? ''}, ${piece}`);
  }
  return members;
}

const PAIRS_MAX = 256;

function isName(text: string): boolean {
  return /^[\w.-]{1,128}$/.test(text);
}
