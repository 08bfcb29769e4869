import type { RedactionAction } from '../schemas/record-types.ts';
import type { ActionFor, DataClass } from './data-classes.ts';
import { dataClasses } from './data-classes.ts';
import type { Finding, FixedReplacement, Tokens } from './finding.ts';

export type FindingPolicy = {
  readonly actionFor: ActionFor;
  readonly tokens: Tokens;
  /** Whether names and session ids were replaced before. */
  readonly isRecordStage?: boolean;
};

/** What the policy makes of a finding; null when it is kept. */
export function replaceFinding(
  finding: Finding,
  value: string,
  keyPath: string,
  { actionFor, tokens, isRecordStage }: FindingPolicy,
): FixedReplacement | null {
  if (finding.fixed !== undefined) return isRecordStage === true ? null : finding.fixed;
  const { dataClass, rule } = finding;
  switch (actionFor(dataClass, keyPath)) {
    case 'keep':
      return null;
    case 'mask':
      return by('mask', masked(dataClass, value));
    case 'truncate':
      return by('truncate', truncated(dataClass, value));
    case 'token':
      if (dataClasses[dataClass].isDigestForbidden) return by('drop', mark(dataClass, rule));
      if (tokens.isSpent()) return by('drop', '[DROPPED:too_many_tokens]');
      return by('token', tokens.ofClass(dataClass, value));
    case 'drop':
    default:
      return by('drop', mark(dataClass, rule));
  }
}

function by(action: RedactionAction, text: string): FixedReplacement {
  return { text, action };
}

// Secrets keep their kind: `[SECRET:github_token]`.
function mark(dataClass: DataClass, rule: string): string {
  const [family, kind = ''] = rule.split(':');
  if (family === 'secret') return `[SECRET:${kind}]`;
  if (family === 'key' || family === 'authorization') return `[REDACTED:${kind}]`;
  return `[${dataClass.toUpperCase()}]`;
}

const BIRTH_YEAR_MIN = 1937;

// 45 CFR 164.514(b)(2): of a date the year may stay, unless it tells an age above 89; coordinates to a tenth of a degree.
function masked(dataClass: DataClass, value: string): string {
  const name = dataClass.toUpperCase();
  const kind: string = dataClass;
  switch (kind) {
    case 'birth_date': {
      const year = /(?:19|20)\d\d/.exec(value)?.[0];
      return year !== undefined && Number(year) >= BIRTH_YEAR_MIN
        ? `[${name}:${year}]`
        : `[${name}]`;
    }
    case 'ip':
      return /^\d+\.\d+\.\d+\.\d+$/.test(value) ? value.replace(/\d+$/, '0/24') : `[${name}]`;
    case 'email': {
      const domain = /@([a-z0-9.-]{1,128})$/i.exec(value)?.[1];
      return domain === undefined ? `[${name}]` : `[${name}]@${domain}`;
    }
    default:
      return `[${name}]`;
  }
}

// PCI DSS 4.0.1, 3.4.1: at most the first six and the last four. Others keep their last four when that is less than half.
function truncated(dataClass: DataClass, value: string): string {
  const unescaped = value.replace(/%[0-9a-f]{2}|\\u[0-9a-f]{4}/gi, ' ');
  const plain = unescaped.normalize('NFKC').replace(/[^A-Za-z0-9]/g, '');
  if (dataClass === 'card') {
    const digits = plain.replace(/\D/g, '');
    if (digits.length < 13 || digits.length > 19) return '[CARD]';
    return digits.slice(0, 6) + '*'.repeat(digits.length - 10) + digits.slice(-4);
  }
  if (dataClasses[dataClass].isDigestForbidden || plain.length < 9)
    return `[${dataClass.toUpperCase()}]`;
  return '*'.repeat(plain.length - 4) + plain.slice(-4);
}
