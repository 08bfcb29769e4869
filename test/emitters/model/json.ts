/** A member of what came as JSON; undefined where there is none. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** All texts in a message's content, whatever its shape. */
export function texts(content: unknown): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map((part) => string(part) || string(member(part, 'text')))
    .join('\n');
}
