import type { Period } from './retention-policy.ts';

/** What a rule of law or practice asks of a record's header. Payloads have none: they are kept for as short as their use needs. */
export type RetentionBasis = {
  /** Never kept for less. */
  readonly floor: Period;
  /** Longer is allowed with a reason. */
  readonly usualCeiling: Period | null;
  /** Never kept for longer, whatever the reason. */
  readonly ceilingMax: Period | null;
  /** Where it stands. */
  readonly source: string;
};

/** The classes that a policy can be based on. `own` asks for nothing. */
export const retentionBases: Readonly<Record<string, RetentionBasis>> = {
  'ai-act-high-risk': {
    floor: '6m',
    usualCeiling: '24m',
    ceilingMax: null,
    source: 'Regulation (EU) 2024/1689 Art. 19(1), 26(6)',
  },
  pci: { floor: '12m', usualCeiling: '15m', ceilingMax: null, source: 'PCI DSS 4.0.1 10.5.1' },
  hipaa: {
    floor: '6y',
    usualCeiling: '7y',
    ceilingMax: null,
    source: '45 CFR 164.316(b)(2)(i), as practised',
  },
  soc2: { floor: '12m', usualCeiling: '24m', ceilingMax: null, source: 'the audit period' },
  'gdpr-security-log': {
    floor: '6m',
    usualCeiling: '12m',
    ceilingMax: '36m',
    source: 'CNIL recommendation on logging, 2021',
  },
  'sec-17a-4': { floor: '6y', usualCeiling: null, ceilingMax: null, source: '17 CFR 240.17a-4' },
  'cost-ledger': { floor: '7y', usualCeiling: '10y', ceilingMax: null, source: 'accounting rules' },
  own: { floor: '0d', usualCeiling: null, ceilingMax: null, source: 'nothing outside' },
};
