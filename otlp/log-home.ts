import { hash } from 'node:crypto';
import { conversationAttributes, sessionAttributes } from '../schemas/identity-attributes.ts';
import type { Attributes } from './span.ts';

/**
 * Where a log record without a trace belongs, as its redacted attributes say: its session's hash (`s_…`), else a digest of its
 * conversation's id (`c_…`); empty for neither. The collector's partition and the enricher's grouping are made of this alone.
 */
export function logHome(attributes: Attributes): string {
  // Only a hash that the redactor put there is a key: whatever else stands under a session's name is nobody's session.
  for (const key of sessionAttributes) {
    const value = attributes.get(key);
    if (typeof value === 'string' && storedSession.test(value)) return value;
  }
  for (const key of conversationAttributes) {
    const value = attributes.get(key);
    if (typeof value === 'string' && value !== '') {
      return `c_${hash('sha256', value, 'hex').slice(0, 32)}`;
    }
  }
  return '';
}

const storedSession = /^s_[0-9a-f]{32}$/;
