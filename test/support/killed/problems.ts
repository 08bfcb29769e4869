/** What a check found wrong, a sentence each; of many alike the first few. */
export type Problems = {
  add(kind: string, detail: string): void;
  list(): readonly string[];
};

const ALIKE_MAX = 5;

export function createProblems(): Problems {
  const found = new Map<string, string[]>();
  return {
    add: (kind, detail) => {
      const alike = found.get(kind);
      if (alike) alike.push(detail);
      else found.set(kind, [detail]);
    },
    list: () =>
      [...found].map(([kind, details]) => {
        const shown = details.slice(0, ALIKE_MAX).join('; ');
        return `${kind} (${details.length} times): ${shown}`;
      }),
  };
}
