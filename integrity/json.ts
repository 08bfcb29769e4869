import type { IntegrityError } from './errors.ts';

/** The members of a JSON object; `malformed` makes the error for any other text. */
export function parseJsonObject(
  text: string,
  malformed: (why: string) => IntegrityError,
): Readonly<Record<string, unknown>> {
  const value = parse(text);
  if (!isObject(value)) throw malformed('it is no JSON object');
  return value;
}

/** Whether a value is an object with members: no list, not null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
