/**
 * Whether a text is as a pattern says, `*` standing for any run of characters. What lies between two stars is looked for once, from left to
 * right, so the cost is at most the product of both lengths and mostly their sum.
 */
export function fitsGlob(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
