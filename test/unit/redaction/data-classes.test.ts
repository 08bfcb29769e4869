import { describe, expect, it } from 'vitest';
import { dataClasses, defaultAction, isDataClass } from '../../../redaction/data-classes.ts';

describe('data classes', () => {
  it('drop by default whatever may never have a digest', () => {
    const forbidden = Object.entries(dataClasses).filter(([, facts]) => facts.isDigestForbidden);
    // PCI DSS 4.0.1, 3.3.1: no card verification value, PIN or track after authorization.
    expect(forbidden.map(([name]) => name)).toContain('card_verification');
    expect(forbidden.map(([name]) => name)).toContain('password');
    expect(new Set(forbidden.map(([, { action }]) => action))).toEqual(new Set(['drop']));
  });

  it('truncate cards, which are therefore not tokens too', () => {
    expect(defaultAction('card', '')).toBe('truncate');
  });

  it('are known by name', () => {
    expect(isDataClass('email')).toBe(true);
    expect(isDataClass('constructor')).toBe(false);
  });
});
