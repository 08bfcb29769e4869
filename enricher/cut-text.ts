/**
 * The text, or its first `charsMax` UTF-16 units; never half a surrogate pair, which state and records would give back as another
 * character, so that one text would not equal itself after a restart.
 */
export function cutText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const last = text.charCodeAt(charsMax - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? charsMax - 1 : charsMax);
}
