import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataClasses } from '../../../../redaction/data-classes.ts';
import type { DataClass } from '../../../../redaction/data-classes.ts';
import {
  recordAction,
  strengthenedClasses,
  valuesAction,
} from '../../../../redaction/policy/evaluate.ts';
import { fitsGlob } from '../../../../redaction/policy/glob.ts';
import type { PolicyRule } from '../../../../redaction/policy/policy.ts';
import { builtInPolicy } from '../../../../redaction/policy/policy.ts';

const anything = { fields: null, classifications: null, servers: null };
const policyOf = (...rules: PolicyRule[]) => ({ ...builtInPolicy, rules });
const nobody = { name: null, classification: null };
const classes = Object.keys(dataClasses) as DataClass[];

describe('the values stage', () => {
  it('does what the classes say by default', () => {
    const action = valuesAction(builtInPolicy);
    for (const dataClass of classes) {
      expect(action(dataClass, 'any')).toBe(dataClasses[dataClass].action);
    }
  });

  it('takes the first rule that fits class and field', () => {
    const action = valuesAction(
      policyOf(
        { classes: ['email'], action: 'keep', ...anything, fields: ['support.*', 'to'] },
        { classes: ['*'], action: 'mask', ...anything },
      ),
    );
    expect(action('email', 'support.contact')).toBe('keep');
    expect(action('email', 'to')).toBe('keep');
    expect(action('email', 'together')).toBe('mask');
    expect(action('phone', '')).toBe('mask');
    expect(action('card', '')).toBe('truncate');
    expect(action('password', '')).toBe('drop');
  });

  it('leaves rules for some servers to the stage that knows the server', () => {
    const rule: PolicyRule = { classes: ['email'], action: 'drop', ...anything, servers: ['crm'] };
    expect(valuesAction(policyOf(rule))('email', 'a')).toBe('token');
  });
});

describe('the record stage', () => {
  it('does to health data what HIPAA says, and leaves other servers alone', () => {
    const health = recordAction(builtInPolicy, { name: 'ehr', classification: 'PHI' });
    const other = recordAction(builtInPolicy, { name: 'crm', classification: 'internal' });
    expect(health('date', 'arguments')).toBe('drop');
    expect(health('place', 'arguments')).toBe('drop');
    expect(health('diagnosis', 'arguments')).toBe('token');
    expect(other('date', 'arguments')).toBe('keep');
    expect(strengthenedClasses(builtInPolicy, nobody).size).toBe(0);
  });

  it('takes rules by classification and by server, and is never weaker than the values stage', () => {
    const policy = policyOf(
      { classes: ['email'], action: 'drop', ...anything, classifications: ['Secret'] },
      { classes: ['phone'], action: 'mask', ...anything, servers: ['crm*'] },
    );
    const secret = recordAction(policy, { name: 'x', classification: 'secret' });
    expect(secret('email', 'a')).toBe('drop');
    expect(secret('phone', 'a')).toBe('token');
    const crm = { name: 'crm-eu', classification: null };
    expect(recordAction(policy, crm)('phone', 'a')).toBe('token');
    expect([...strengthenedClasses(policy, crm)]).toEqual(['phone']);
  });

  it('drops what may have no digest, whatever rules there are', () => {
    const rule = fc.record({
      classes: fc.subarray<DataClass | '*'>([...classes, '*'], { minLength: 1 }),
      action: fc.constantFrom('keep', 'mask', 'token', 'truncate', 'drop'),
      fields: fc.constant(null),
      classifications: fc.constantFrom(null, ['phi']),
      servers: fc.constant(null),
    });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), fc.constantFrom(...classes), (rules, each) => {
        if (!dataClasses[each].isDigestForbidden) return;
        expect(valuesAction(policyOf(...rules))(each, 'a')).toBe('drop');
        const server = { name: 's', classification: 'phi' };
        expect(recordAction(policyOf(...rules), server)(each, 'a')).toBe('drop');
      }),
    );
  });
});

describe('a path pattern', () => {
  it('fits as a regular expression of the same meaning does', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 6 });
    fc.assert(
      fc.property(pattern, text, (glob, path) => {
        const source = glob.replaceAll('.', '\\.').replaceAll('*', '.*');
        expect(fitsGlob(glob, path)).toBe(new RegExp(`^${source}$`).test(path));
      }),
      { numRuns: 2000 },
    );
  });
});
