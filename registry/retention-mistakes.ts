import type { Mistake } from './errors.ts';
import { retentionBases } from './retention-bases.ts';
import type { RetentionDocument } from './retention-document.ts';
import type { Bounds, Period, RetentionPart, RetentionRule } from './retention-policy.ts';
import { daysOf, retentionParts } from './retention-policy.ts';

/** A revision may come as long as spans are kept; a header that went before it would leave half a count behind. */
const HEADER_DAYS_MIN = 8;

type Class = RetentionDocument['classes'][number];

/** Where a well-formed policy names what is not there, contradicts itself, or the rule that a class is based on. */
export function retentionMistakes(document: RetentionDocument): readonly Mistake[] {
  return [
    ...nameMistakes(document),
    ...document.classes.flatMap((one, at) => classMistakes(one, `retention.classes[${at}]`)),
    ...meetingMistakes(document),
    ...decisionMistakes(document),
  ];
}

function nameMistakes({ classes, rules, default: byDefault, decisions }: RetentionDocument) {
  const ids = classes.map(({ id }) => id);
  const used = new Set([...rules.map((rule) => rule.class), ...byDefault]);
  const known = (id: string, path: string): readonly Mistake[] =>
    ids.includes(id) ? [] : [{ path, message: `there is no class ${id}` }];
  return [
    ...ids.flatMap((id, at) => {
      const path = `retention.classes[${at}].id`;
      if (ids.indexOf(id) < at) return [{ path, message: `there is a class ${id} already` }];
      return used.has(id) ? [] : [{ path, message: `no rule and no default names ${id}` }];
    }),
    ...rules.flatMap((rule, at) => known(rule.class, `retention.rules[${at}].class`)),
    ...byDefault.flatMap((id, at) => known(id, `retention.default[${at}]`)),
    ...decisions.flatMap(({ classes: pair }, at) =>
      pair.flatMap((id, which) => known(id, `retention.decisions[${at}].classes[${which}]`)),
    ),
  ];
}

function classMistakes(declared: Class, path: string): readonly Mistake[] {
  const { header, payload, basis } = declared;
  return [
    ...retentionParts.flatMap((part) => boundsMistakes(declared[part], `${path}.${part}`)),
    ...(isLonger(payload.ceiling, header.ceiling)
      ? [
          mistake(
            `${path}.payload.ceiling`,
            'is longer than the header’s: nothing would tell of it',
          ),
        ]
      : []),
    ...(header.ceiling !== null && daysOf(header.ceiling) < HEADER_DAYS_MIN
      ? [mistake(`${path}.header.ceiling`, `is under ${HEADER_DAYS_MIN} days: revisions may come`)]
      : []),
    ...basisMistakes(declared, basis, `${path}.header`),
  ];
}

function boundsMistakes({ floor, ceiling }: Bounds, path: string): readonly Mistake[] {
  if (!isLonger(floor, ceiling)) return [];
  return [mistake(`${path}.floor`, `${floor} is longer than the ceiling ${ceiling}`)];
}

function basisMistakes({ header, reason }: Class, name: string, path: string): readonly Mistake[] {
  const basis = retentionBases[name];
  if (basis === undefined) return [];
  const { floor, usualCeiling, ceilingMax, source } = basis;
  const mistakes: Mistake[] = [];
  if (isLonger(floor, header.floor)) {
    mistakes.push(mistake(`${path}.floor`, `${name} asks for ${floor} at least (${source})`));
  }
  const tooLong = ceilingMax !== null && isLonger(header.ceiling, ceilingMax);
  if (ceilingMax !== null && isLonger(header.floor, ceilingMax)) {
    mistakes.push(mistake(`${path}.floor`, `${name} allows ${ceilingMax} at most (${source})`));
  }
  if (tooLong) {
    mistakes.push(mistake(`${path}.ceiling`, `${name} allows ${ceilingMax} at most (${source})`));
  }
  const isUnusual = usualCeiling !== null && isLonger(header.ceiling, usualCeiling);
  if (isUnusual && !tooLong && reason === null) {
    const message = `is longer than the usual ${usualCeiling} of ${name}: give the class a reason`;
    mistakes.push(mistake(`${path}.ceiling`, message));
  }
  return mistakes;
}

/**
 * Classes that can meet: on one record, its header; in one trace, whose payloads go together, any two. A floor of one above the ceiling of the other is
 * for a person to decide.
 */
function meetingMistakes(document: RetentionDocument): readonly Mistake[] {
  const { classes } = document;
  return retentionParts.flatMap((part) =>
    classes.flatMap((one, at) =>
      classes.slice(at + 1).flatMap((other) => {
        const isClear =
          !contradict(one[part], other[part]) || isDecided(document, part, one, other);
        if (isClear || !canMeet(document, part, one.id, other.id)) return [];
        const which = `${one.id} and ${other.id} can meet ${part === 'header' ? 'on one record' : 'in one trace'}`;
        const message = `${which}, and the floor of one is above the ceiling of the other: add a decision`;
        return [mistake(`retention.classes[${at}].${part}`, message)];
      }),
    ),
  );
}

function decisionMistakes({ classes, decisions }: RetentionDocument): readonly Mistake[] {
  return decisions.flatMap(({ classes: pair, part }, at) => {
    const [one, other] = pair.map((id) => classes.find((own) => own.id === id));
    if (one === undefined || other === undefined) return [];
    if (contradict(one[part], other[part])) return [];
    const message = `${one.id} and ${other.id} do not contradict each other: nothing is to be decided`;
    return [mistake(`retention.decisions[${at}].classes`, message)];
  });
}

function contradict(one: Bounds, other: Bounds): boolean {
  return isLonger(one.floor, other.ceiling) || isLonger(other.floor, one.ceiling);
}

function isDecided(
  { decisions }: RetentionDocument,
  part: RetentionPart,
  one: Class,
  other: Class,
): boolean {
  return decisions.some(
    (decision) =>
      decision.part === part &&
      decision.classes.includes(one.id) &&
      decision.classes.includes(other.id),
  );
}

function canMeet(
  { rules, default: byDefault }: RetentionDocument,
  part: RetentionPart,
  one: string,
  other: string,
): boolean {
  if (part === 'payload') return true;
  if (byDefault.includes(one) && byDefault.includes(other)) return true;
  const of = (id: string): readonly RetentionRule[] => rules.filter((rule) => rule.class === id);
  return of(one).some((a) => of(other).some((b) => !areApart(a, b)));
}

/** Whether no record can meet both: a record has one server, kind and region. */
function areApart(a: RetentionRule, b: RetentionRule): boolean {
  return (['servers', 'kinds', 'regions'] as const).some((member) => {
    const [these, those] = [a[member], b[member]];
    return these !== null && those !== null && !these.some((word) => those.includes(word));
  });
}

/** Null is without end. */
function isLonger(one: Period | null, other: Period | null): boolean {
  if (other === null) return false;
  return one === null || daysOf(one) > daysOf(other);
}

function mistake(path: string, message: string): Mistake {
  return { path, message };
}
