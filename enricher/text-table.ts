/** Texts of a segment, each once: the hops of a call say nearly all the same. */
export type TextTable = {
  readonly indexes: Map<string, number>;
  readonly texts: string[];
};

export function emptyTable(): TextTable {
  return { indexes: new Map(), texts: [] };
}

/** The index of a text, put into the table if it is new. */
export function indexOf(table: TextTable, text: string): number {
  const known = table.indexes.get(text);
  if (known !== undefined) return known;
  const index = table.texts.push(text) - 1;
  table.indexes.set(text, index);
  return index;
}

/** −1 stands for a text that is absent. */
export function optionalIndexOf(table: TextTable, text: string | undefined): number {
  return text === undefined ? -1 : indexOf(table, text);
}

export function textAt(texts: readonly string[], index: number): string {
  const text = texts[index];
  if (text === undefined) throw new Error(`A segment has no text ${index}.`);
  return text;
}
