import type { RedactionReceipt } from '../schemas/redactor.ts';
import { RECEIPT_TOKENS_MAX } from '../schemas/redactor.ts';
import type { ReplacedFinding } from './replace-all.ts';

type Tally = Omit<RedactionReceipt, 'count' | 'tokens' | 'keyVersion'> & {
  count: number;
  readonly tokens: Set<string>;
};

/** One receipt a rule and action, with the tokens that were put; principals and sessions have no class. */
export function receiptsOf(
  replaced: readonly ReplacedFinding[],
  keyVersion: number,
): readonly RedactionReceipt[] {
  const tallies = new Map<string, Tally>();
  for (const { finding, action, text } of replaced) {
    const { rule, dataClass, fixed } = finding;
    const name = `${rule} ${action}`;
    const classed = fixed === undefined ? { dataClass } : {};
    const tally = tallies.get(name) ?? { rule, action, count: 0, ...classed, tokens: new Set() };
    tallies.set(name, tally);
    tally.count += 1;
    if (action === 'token' && fixed === undefined && tally.tokens.size < RECEIPT_TOKENS_MAX) {
      tally.tokens.add(text.replace(/^\\*"|\\*"$/g, ''));
    }
  }
  return [...tallies.values()].map(({ tokens, ...receipt }) =>
    tokens.size === 0 ? receipt : { ...receipt, tokens: [...tokens], keyVersion },
  );
}
