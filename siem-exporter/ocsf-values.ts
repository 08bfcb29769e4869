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
  let cut = false;
  const visit = (value: JsonValue): JsonValue => {
    if (typeof value === 'string') {
      if (value.length <= lengthMax) return value;
      cut = true;
      return `${value.slice(0, lengthMax).toWellFormed()}…`;
    }
    if (typeof value !== 'object' || value === null) return value;
    return isList(value) ? value.map(visit) : visitObject(value);
  };
  const visitObject = (value: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner)]));
  const value = visitObject(object);
  return { value, cut };
}

// Array.isArray alone does not tell a read-only list from an object.
function isList(value: JsonObject | readonly JsonValue[]): value is readonly JsonValue[] {
  return Array.isArray(value);
}
