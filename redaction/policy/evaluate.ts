import type { ActionFor, ClassAction, DataClass } from '../data-classes.ts';
import { dataClasses, dataClassNames, defaultAction } from '../data-classes.ts';
import { fitsGlob } from './glob.ts';
import type { PolicyRule, RedactionPolicy } from './policy.ts';
import { isServerRule } from './policy.ts';

/** The server of a call, as far as it is known. */
export type PolicyServer = {
  readonly name: string | null;
  readonly classification: string | null;
};

/**
 * What the collector does with a value: the first rule that fits decides, of those that need not know the server; else the default of
 * the class. What may have no digest is dropped whatever is said.
 */
export function valuesAction({ rules }: RedactionPolicy): ActionFor {
  const known = rules.filter((rule) => !isServerRule(rule));
  if (known.length === 0) return defaultAction;
  return (dataClass, keyPath) => {
    if (dataClasses[dataClass].isDigestForbidden) return 'drop';
    const rule = known.find((each) => isFor(each, dataClass) && fitsField(each, keyPath));
    return rule?.action ?? defaultAction(dataClass, keyPath);
  };
}

/**
 * What the enricher does, once the server is known, with what the collector left: the stronger of what the values stage says and the
 * first rule for this server. Where no rule speaks of a class and the server holds health data, HIPAA's Safe Harbor does.
 */
export function recordAction(policy: RedactionPolicy, server: PolicyServer): ActionFor {
  const values = valuesAction(policy);
  const own = policy.rules.filter((rule) => isServerRule(rule) && fitsServer(rule, server));
  const isHealth = healthClassifications.has(server.classification?.toLowerCase() ?? '');
  return (dataClass, keyPath) => {
    const before = values(dataClass, keyPath);
    const rule = own.find((each) => isFor(each, dataClass) && fitsField(each, keyPath));
    const said = rule?.action ?? (isHealth ? healthActions.get(dataClass) : undefined);
    return said === undefined || strength[said] < strength[before] ? before : said;
  };
}

/** The classes with which the record stage does more for a server than the values stage did; empty for most servers. */
export function strengthenedClasses(
  policy: RedactionPolicy,
  server: PolicyServer,
): ReadonlySet<DataClass> {
  const classes = new Set<DataClass>();
  if (healthClassifications.has(server.classification?.toLowerCase() ?? '')) {
    for (const dataClass of healthActions.keys()) classes.add(dataClass);
  }
  for (const rule of policy.rules) {
    if (!isServerRule(rule) || !fitsServer(rule, server)) continue;
    for (const dataClass of dataClassNames) if (isFor(rule, dataClass)) classes.add(dataClass);
  }
  return classes;
}

const healthClassifications: ReadonlySet<string> = new Set(['phi', 'ephi', 'hipaa', 'health']);

// 45 CFR 164.514(b)(2): no geography below the state, no element of a date but the year, no URL.
const healthActions: ReadonlyMap<DataClass, ClassAction> = new Map([
  ['date', 'drop'],
  ['place', 'drop'],
  ['diagnosis', 'token'],
  ['web_address', 'drop'],
]);

const strength: Readonly<Record<ClassAction, number>> = {
  keep: 0,
  truncate: 1,
  mask: 1,
  token: 2,
  drop: 3,
};

/** Whether a rule speaks of a class. `*` leaves out what has rules of its own: cards, and what is always dropped. */
export function isFor({ classes }: PolicyRule, dataClass: DataClass): boolean {
  if (classes.includes(dataClass)) return true;
  const isSpecial = dataClass === 'card' || dataClasses[dataClass].isDigestForbidden;
  return !isSpecial && classes.includes('*');
}

function fitsField({ fields }: PolicyRule, keyPath: string): boolean {
  return fields === null || fields.some((field) => fitsGlob(field, keyPath));
}

function fitsServer({ classifications, servers }: PolicyRule, server: PolicyServer): boolean {
  const { name, classification } = server;
  const isClass =
    classifications === null ||
    classifications.some((each) => each.toLowerCase() === classification?.toLowerCase());
  return isClass && (servers === null || servers.some((each) => fitsGlob(each, name ?? '')));
}
