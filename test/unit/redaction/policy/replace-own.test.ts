import { describe, expect, it } from 'vitest';
import { classToken } from '../../../../redaction/class-token.ts';
import { defaultAction } from '../../../../redaction/data-classes.ts';
import { compileDetector } from '../../../../redaction/policy/own-detector.ts';
import type { OwnDetector } from '../../../../redaction/policy/policy.ts';
import { withOwnDetectors } from '../../../../redaction/policy/replace-own.ts';
import { createRedactor } from '../../../../redaction/redactor.ts';

const keys = {
  principal: Buffer.alloc(32, 1),
  session: Buffer.alloc(32, 2),
  token: Buffer.alloc(32, 3),
};
const tokenKey = { version: 3, key: keys.token };
const employee: OwnDetector = {
  id: 'employee',
  class: 'national_id',
  pattern: 'EMP-[0-9]{6}',
  ignoreCase: true,
  context: ['employee', 'mitarbeiter'],
  validator: 'none',
};

function redactorWith(...detectors: readonly OwnDetector[]) {
  const engine = createRedactor({ tenant: 'acme', keys });
  const own = { detectors: detectors.map(compileDetector), actionFor: defaultAction, tokenKey };
  return withOwnDetectors(engine, own);
}

function redacted(text: string, key = 'note', ...detectors: readonly OwnDetector[]): string {
  const redactor = redactorWith(...(detectors.length > 0 ? detectors : [employee]));
  const done = redactor.redactValue(key, Buffer.from(text));
  return done === null ? text : Buffer.from(done.replacement).toString();
}

const token = classToken(tokenKey, 'national_id', 'EMP-123456');

describe("a tenant's own detector", () => {
  it('puts tokens in the place of what it finds beside its context, and says so', () => {
    const redactor = redactorWith(employee);
    const done = redactor.redactValue('note', Buffer.from('Mitarbeiter emp-123456 und ü'));
    expect(Buffer.from(done?.replacement ?? []).toString()).toBe(`Mitarbeiter ${token} und ü`);
    expect(done?.receipts).toEqual([
      {
        rule: 'own:employee',
        dataClass: 'national_id',
        count: 1,
        action: 'token',
        tokens: [token],
        keyVersion: 3,
      },
    ]);
  });

  it('needs its context near by or in the key, as a whole word', () => {
    expect(redacted('EMP-123456')).toBe('EMP-123456');
    expect(redacted('unemployed EMP-123456')).toBe('unemployed EMP-123456');
    expect(redacted(`employee ${'x'.repeat(60)} EMP-123456`)).toContain('EMP-123456');
    expect(redacted('EMP-123456', 'args.employeeId')).toBe(token);
    expect(redacted('EMP-123456', 'employee_no')).toBe(token);
    expect(redacted('{"employee_id":"EMP-123456"}')).toBe(`{"employee_id":"${token}"}`);
  });

  it('leaves to the engine what the engine knows', () => {
    expect(redacted('employee EMP-123456 paid 4111 1111 1111 1111')).toBe(
      `employee ${token} paid 411111******1111`,
    );
    expect(redacted('EMP-123456', 'user.id')).toMatch(/^p_[0-9a-f]{32}$/);
  });

  it('drops what may have no digest', () => {
    const pin: OwnDetector = {
      ...employee,
      id: 'pin',
      class: 'card_verification',
      pattern: '\\b\\d{4}\\b',
      context: ['pin'],
    };
    expect(redacted('pin 1234, year 2026', 'note', pin)).not.toContain('1234');
    expect(redacted('pin 1234', 'note', pin)).toBe('pin [DROPPED:card_verification]');
  });

  it.each([
    ['luhn', '\\d{8}', '12345674', '12345675'],
    // A published LEI (ISO 17442) and the ORCID of the standard's example researcher.
    ['mod97', '[A-Z0-9]{20}', '5493001KJTIIGC8Y1R12', '5493001KJTIIGC8Y1R13'],
    ['mod11', '\\d{4}(-\\d{3}[0-9X]){3}', '0000-0002-1694-233X', '0000-0002-1694-2331'],
  ] as const)('checks digits by %s', (validator, pattern, good, bad) => {
    const checked: OwnDetector = { ...employee, validator, pattern, context: null };
    expect(redacted(good, 'note', checked)).not.toBe(good);
    expect(redacted(bad, 'note', checked)).toBe(bad);
  });
});
