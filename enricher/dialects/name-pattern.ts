/** A name in which at most one `*` stands for any text, the empty one included. */
export type NamePattern = { readonly before: string; readonly after: string | null };

export function namePattern(text: string): NamePattern {
  const star = text.indexOf('*');
  if (star < 0) return { before: text, after: null };
  return { before: text.slice(0, star), after: text.slice(star + 1) };
}

export function fits({ before, after }: NamePattern, name: string): boolean {
  if (after === null) return name === before;
  return (
    name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after)
  );
}

/** What `*` stands for in a name that fits; undefined for a pattern without one. */
export function starOf({ before, after }: NamePattern, name: string): string | undefined {
  return after === null ? undefined : name.slice(before.length, name.length - after.length);
}
