export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [key: string]: JsonValue };

/** The object without the keys that have nothing to say: OCSF has no nulls. */
export function filled(object: JsonObject): JsonObject {
  const kept: Record<string, JsonValue> = {};
  for (const key in object) {
    const value = object[key];
    if (value !== undefined && value !== null) kept[key] = value;
  }
  return kept;
}

/** The same with every text of more than so many characters cut and marked, and whether any was. */
export function shortened(
  object: JsonObject,
  lengthMax: number,
): { readonly value: JsonObject; readonly cut: boolean } {
  if (!hasLongText(object, lengthMax)) return { value: object, cut: false };
  const visit = (value: JsonValue): JsonValue => {
    if (typeof value === 'string') {
      if (value.length <= lengthMax) return value;
      return `${value.slice(0, lengthMax).toWellFormed()}…`;
    }
    if (typeof value !== 'object' || value === null) return value;
    return isList(value) ? value.map(visit) : visitObject(value);
  };
  const visitObject = (value: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner)]));
  return { value: visitObject(object), cut: true };
}

// Looked for first, since hardly any event has one and copying costs more than the rest of the mapping.
function hasLongText(value: JsonValue, lengthMax: number): boolean {
  if (typeof value === 'string') return value.length > lengthMax;
  if (typeof value !== 'object' || value === null) return false;
  if (isList(value)) return value.some((entry) => hasLongText(entry, lengthMax));
  for (const key in value) if (hasLongText(value[key] ?? null, lengthMax)) return true;
  return false;
}

// Array.isArray alone does not tell a read-only list from an object.
function isList(value: JsonObject | readonly JsonValue[]): value is readonly JsonValue[] {
  return Array.isArray(value);
}
