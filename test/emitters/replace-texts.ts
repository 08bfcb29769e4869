/** A leaf text longer than this is nobody's call but an emitter's prompt, description or stack trace: its length stands for it. */
const leafCharsMax = 200;
/** A text that is no JSON may hold a result or arguments in another notation, so more of it is kept. */
const plainCharsMax = 700;

/** Keys under which emitters send what their vendor wrote, whatever its length. */
const vendorTextKeys =
  /(?:^|[._])(?:system_instructions|system_prompt|stacktrace|tool\.definitions|tools?\.json_schema|tool\.description|description)$|^gen_ai\.tool\.(?:definitions|description)$/;

/** A port that a program took for itself: those from 32768 on. */
const freePortPattern = /\b127\.0\.0\.1:(?:3[3-9]|[45]\d|6[0-5])\d{3}\b/g;

/** Where a Python object lay in memory. */
const addressPattern = /\b0x[0-9a-f]{6,16}\b/g;

const patterns: readonly (readonly [RegExp, (count: number) => string])[] = [
  [
    /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
    (count) => `00000000-0000-4000-8000-${count.toString(16).padStart(12, '0')}`,
  ],
  [/\b[0-9a-f]{64}\b/gi, (count) => `1d${count.toString(16).padStart(62, '0')}`],
  [/\b[0-9a-f]{32}\b/gi, (count) => `1d${count.toString(16).padStart(30, '0')}`],
];

/** Replaces what differs from run to run, the same by the same, moves times by `shiftMs`, and cuts long texts out. JSON stays JSON. */
export function createReplacer(
  places: ReadonlyMap<string, string>,
  ids: ReadonlyMap<string, string>,
  shiftMs: number,
): (text: string, key: string) => string {
  const counted = new Map<string, string>();
  const replaceLeaf = (text: string): string => {
    let said = text;
    for (const [from, to] of places) said = said.replaceAll(from, to);
    said = said.replaceAll(freePortPattern, '127.0.0.1:8400');
    said = said.replaceAll(addressPattern, '0x0');
    said = said.replaceAll(timePattern, (time) => shifted(time, shiftMs));
    said = said.replaceAll(/\b(?:[0-9a-f]{32}|[0-9a-f]{16})\b/g, (id) => ids.get(id) ?? id);
    for (const [pattern, name] of patterns) {
      said = said.replaceAll(pattern, (found) => {
        if (/^(?:7ace|1d0)0+/.test(found)) return found;
        const known = counted.get(found) ?? name(counted.size + 1);
        counted.set(found, known);
        return known;
      });
    }
    return said;
  };
  const inJson = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return replace(value, key, leafCharsMax);
    if (Array.isArray(value)) return value.map((item) => inJson(item, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [replaceLeaf(name), inJson(item, name)]),
    );
  };
  const replace = (text: string, key: string, charsMax: number): string => {
    const parsed = parsedJson(text);
    if (parsed !== undefined) return JSON.stringify(inJson(parsed, key));
    if (vendorTextKeys.test(key) && text.length > 60) return cut(text);
    return text.length > charsMax ? cut(text) : replaceLeaf(text);
  };
  return (text, key) => replace(text, key, plainCharsMax);
}

const timePattern = /\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|\+00:00)/g;

/** Times in texts move with the spans' own. */
function shifted(time: string, shiftMs: number): string {
  return new Date(Date.parse(time) + shiftMs).toISOString();
}

function cut(text: string): string {
  return `<${text.length} characters>`;
}

/** An object or a list, where the text is one. */
function parsedJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
