import type { ClassAction, DataClass } from '../data-classes.ts';
import { dataClasses, defaultAction } from '../data-classes.ts';
import { isFor } from './evaluate.ts';
import type { PolicyRule } from './policy.ts';
import { isServerRule } from './policy.ts';

/** What is wrong with a rule: its place in the list, the member, and a sentence. */
export type RuleMistake = {
  readonly rule: number;
  readonly member: 'classes' | 'action';
  readonly message: string;
};

/** Every mistake in a policy's rules that no single value shows: what the card industry's and common sense's rules forbid. */
export function mistakesInRules(rules: readonly PolicyRule[]): readonly RuleMistake[] {
  return [...rules.flatMap((rule, at) => mistakesInRule(rule, at)), ...cardMistakes(rules)];
}

function mistakesInRule(rule: PolicyRule, at: number): readonly RuleMistake[] {
  const { classes, action } = rule;
  const mistakes: RuleMistake[] = [];
  const never = classes.filter((each) => each !== '*' && dataClasses[each].isDigestForbidden);
  if (never.length > 0 && action !== 'drop') {
    const message = `${never.join(', ')} may only be dropped: neither kept nor given a digest (PCI DSS 3.3)`;
    mistakes.push({ rule: at, member: 'action', message });
  }
  if (classes.includes('card') && action === 'keep') {
    const message =
      'a card number is never stored readable (PCI DSS 3.5.1): truncate, token or drop it';
    mistakes.push({ rule: at, member: 'action', message });
  }
  if (isServerRule(rule) && action === 'keep') {
    const message =
      'a rule for some servers cannot keep what the collector, which does not know the server, has replaced: ' +
      'write the rule without classifications and servers';
    mistakes.push({ rule: at, member: 'action', message });
  }
  return mistakes;
}

// PCI DSS 3.5.1: truncated and hashed forms of one card number must not stand together, or the hash can be undone from the rest.
function cardMistakes(rules: readonly PolicyRule[]): readonly RuleMistake[] {
  const forCards = rules.flatMap((rule, at) => (isFor(rule, 'card') ? [{ rule, at }] : []));
  const actions = new Set<ClassAction>(forCards.map(({ rule }) => rule.action));
  const hasGeneral = forCards.some(({ rule }) => !isServerRule(rule) && rule.fields === null);
  if (!hasGeneral) actions.add(defaultAction('card' satisfies DataClass, ''));
  if (!actions.has('token') || !actions.has('truncate')) return [];
  const message =
    'card numbers would be both truncated and tokenised (PCI DSS 3.5.1): choose one, in a rule without fields, classifications and servers';
  return forCards
    .filter(({ rule }) => rule.action === 'token')
    .map(({ at }) => ({ rule: at, member: 'action', message }));
}
