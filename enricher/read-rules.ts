import type { Span } from '../otlp/span.ts';
import type { Dialect, SpanRule, TextSlot } from './dialects/dialect.ts';
import type { NamePattern } from './dialects/name-pattern.ts';
import { fits, namePattern, starOf } from './dialects/name-pattern.ts';
import { slotEntries } from './dialects/dialect.ts';
import type { Texts } from './draft.ts';
import { TEXT_CHARS_MAX, textOf } from './draft.ts';
import type { SpanRole } from './reading.ts';

export type AppliedRule = {
  readonly role: SpanRole | undefined;
  readonly side: SpanRule['side'];
  /** True when the target was only in the span's name. */
  readonly nameOnly: boolean;
};

/** Applies the first rule of the dialect that fits the span; undefined when none does. */
export function applyRule(span: Span, dialect: Dialect, texts: Texts): AppliedRule | undefined {
  const rule = rulesOf(dialect).find(({ rule: { where, kind }, pattern }) => {
    if (pattern !== undefined && !fits(pattern, span.name)) return false;
    if (kind !== undefined && span.kind !== kind) return false;
    return where === undefined || holds(span, where);
  });
  if (!rule) return undefined;
  const { method, into, role, side } = rule.rule;
  if (method !== undefined) texts.method = method;
  for (const [slot, text] of rule.says) texts[slot] ??= text;
  for (const [slot, key] of rule.reads) {
    const text = textOf(span.attributes.get(key) ?? null, TEXT_CHARS_MAX);
    if (text !== undefined) texts[slot] ??= text;
  }
  const star = rule.pattern && starOf(rule.pattern, span.name);
  const takes =
    into !== undefined && star !== undefined && star !== '' && texts[into] === undefined;
  if (takes) texts[into] = star.slice(0, TEXT_CHARS_MAX);
  return { role, side, nameOnly: takes && into === 'tool' };
}

type CompiledRule = {
  readonly rule: SpanRule;
  readonly pattern: NamePattern | undefined;
  readonly says: readonly (readonly [TextSlot, string])[];
  readonly reads: readonly (readonly [TextSlot, string])[];
};

const compiled = new WeakMap<Dialect, readonly CompiledRule[]>();

function rulesOf(dialect: Dialect): readonly CompiledRule[] {
  const known = compiled.get(dialect);
  if (known) return known;
  const rules = (dialect.rules ?? []).map((rule) => ({
    rule,
    pattern: rule.name === undefined ? undefined : namePattern(rule.name),
    says: slotEntries(rule.says ?? {}),
    reads: slotEntries(rule.reads ?? {}),
  }));
  compiled.set(dialect, rules);
  return rules;
}

function holds({ attributes }: Span, where: NonNullable<SpanRule['where']>): boolean {
  return Object.entries(where).every(([key, wanted]) => {
    const value = attributes.get(key);
    if (value === undefined) return false;
    return wanted.length === 0 || wanted.includes(textOf(value, TEXT_CHARS_MAX) ?? '');
  });
}
