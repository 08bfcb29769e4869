import type { Redaction } from '../schemas/redactor.ts';
import type { Scan } from './finding.ts';

/** A limit of redaction that a request reached, so that a value was dropped which would not have been. */
export type RedactionLimit = 'textWorkMax' | 'requestLooksMax' | 'findingsMax' | 'tokensMadeMax';

/** What stands for a text that is too much, and which limit says so. */
export function droppedWhole(
  { rereadsLeft, requestLooksLeft }: Scan,
  onLimit: (limit: RedactionLimit) => void,
): Redaction {
  if (requestLooksLeft < 0) onLimit('requestLooksMax');
  else onLimit(rereadsLeft < 0 ? 'textWorkMax' : 'findingsMax');
  return rereadsLeft < 0 || requestLooksLeft < 0 ? tooCostly : tooMany;
}

const tooMany: Redaction = {
  replacement: Buffer.from('[DROPPED:too_many_findings]'),
  receipts: [{ rule: 'too_many_findings', count: 1, action: 'drop' }],
};

const tooCostly: Redaction = {
  replacement: Buffer.from('[DROPPED:too_costly]'),
  receipts: [{ rule: 'too_costly', count: 1, action: 'drop' }],
};
