import type { DataClass } from '../data-classes.ts';
import type { CompiledDetector } from './own-detector.ts';
import { compileDetector } from './own-detector.ts';

/** The class that a key of JSON gives its value, of those that matter for health data only; null for other keys. An attribute's is its last name's. */
export function fieldClass(key: string): DataClass | null {
  const dot = key.lastIndexOf('.');
  return classOf(key) ?? (dot < 0 ? null : classOf(key.slice(dot + 1)));
}

function classOf(key: string): DataClass | null {
  const folded = key.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
  if (places.has(folded)) return 'place';
  if (diagnoses.has(folded)) return 'diagnosis';
  if (dates.has(folded) || /(?:date|datum|fecha)$/.test(folded)) return 'date';
  return null;
}

// 45 CFR 164.514(b)(2)(i)(B): every geographic unit below the state.
const places: ReadonlySet<string> = new Set(
  'city town village district county municipality precinct borough suburb parish stadt ort gemeinde landkreis ville commune ciudad municipio citta comune cidade plaats gmina miasto'.split(
    ' ',
  ),
);

const diagnoses: ReadonlySet<string> = new Set(
  'diagnosis diagnoses diagnosiscode icd icd10 icd9 icdcode snomed condition conditions medication medications prescription prescriptions drug drugs allergy allergies treatment procedure labresult labresults symptom symptoms diagnose befund medikament medikamente diagnostic diagnostico medicamento'.split(
    ' ',
  ),
);

const dates: ReadonlySet<string> = new Set(
  'admitted admission admissionat discharged dischargedat deceased deathdate visitedat appointment appointmentat servicedate scheduledat'.split(
    ' ',
  ),
);

const months =
  '(January|February|March|April|May|June|July|August|September|October|November|December|' +
  'Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)';

/** Dates and addresses of the web as they stand in texts. */
export const valuesInText: readonly CompiledDetector[] = [
  inText(
    'iso',
    'date',
    '\\b(19|20)\\d{2}-[01]\\d-[0-3]\\d(T[0-2]\\d:[0-5]\\d(:[0-5]\\d(\\.\\d{1,9})?)?(Z|[+\\-]\\d{2}:?\\d{2})?)?\\b',
  ),
  inText('numbers', 'date', '\\b[0-3]?\\d[./\\-][0-3]?\\d[./\\-](19|20)\\d{2}\\b'),
  inText('month-first', 'date', `\\b${months}\\.? [0-3]?\\d(st|nd|rd|th)?,? (19|20)\\d{2}\\b`),
  inText('day-first', 'date', `\\b[0-3]?\\d(st|nd|rd|th)?\\.? ${months}\\.?,? (19|20)\\d{2}\\b`),
  inText('url', 'web_address', '\\bhttps?://[^\\s"\'<>\\\\]{1,256}'),
];

function inText(id: string, dataClass: DataClass, pattern: string): CompiledDetector {
  const rest = { ignoreCase: true, context: null, validator: 'none' } as const;
  return compileDetector({ id: `${dataClass}-${id}`, class: dataClass, pattern, ...rest });
}
