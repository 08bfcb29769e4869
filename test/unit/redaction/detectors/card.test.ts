import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../../redaction/redactor.ts';

const key = Buffer.alloc(32, 1);
const redactor = createRedactor({
  tenant: 'default',
  keys: { principal: key, session: key, token: key },
});

function redacted(text: string): string {
  const redaction = redactor.redactValue('', Buffer.from(text));
  return redaction === null ? text : Buffer.from(redaction.replacement).toString('utf8');
}

// Test numbers that Stripe, Adyen and PayPal publish.
const cards = [
  ['Visa', '4242424242424242'],
  ['Visa debit', '4000056655665556'],
  ['Visa, 13 digits', '4222222222222'],
  ['Mastercard', '5555555555554444'],
  ['Mastercard', '5105105105105100'],
  ['Mastercard 2-series', '2223003122003222'],
  ['Mastercard 2-series, first range', '2221000000000009'],
  ['Mastercard 2-series, last range', '2720000000000005'],
  ['American Express', '378282246310005'],
  ['American Express', '371449635398431'],
  ['Discover', '6011111111111117'],
  ['Discover', '6011000990139424'],
  ['Discover', '6445644564456445'],
  ['Diners', '30569309025904'],
  ['Diners', '3056930009020004'],
  ['Diners', '36227206271667'],
  ['JCB', '3566002020360505'],
  ['UnionPay', '6200000000000005'],
  ['UnionPay, 19 digits', '6205500000000000004'],
  ['Maestro', '6771798021000008'],
] as const;

describe('cards', () => {
  it.each([
    ['{"n":"4242\\u00a04242\\u00a04242\\u00a04242"}', '{"n":"424242******4242"}'],
    ['?n=4242%204242%204242%204242&b=1', '?n=424242******4242&b=1'],
    ['?n=4242+4242+4242+4242', '?n=424242******4242'],
    ['%22n%22%3A%224242424242424242%22', '%22n%22%3A%22424242******4242%22'],
    ['card%C2%A04242424242424242', 'card%C2%A0424242******4242'],
    ['\\u00224242424242424242\\u0022', '\\u0022424242******4242\\u0022'],
  ])('are found as queries and JSON write them: %s', (text, expected) => {
    expect(redacted(text)).toBe(expected);
  });

  it.each(cards)('%s %s keeps its first six and last four digits', (_, digits) => {
    const masked = digits.slice(0, 6) + '*'.repeat(digits.length - 10) + digits.slice(-4);
    expect(redacted(digits)).toBe(masked);
    expect(redacted(`{"pan":"${digits}","n":${digits}}`)).toBe(
      `{"pan":"${masked}","n":"${masked}"}`,
    );
  });

  it.each(cards)('%s %s with another check digit is no card', (_, digits) => {
    const other = digits.slice(0, -1) + String((Number(digits.slice(-1)) + 1) % 10);
    expect(redacted(other)).toBe(other);
  });

  it.each([
    ['spaces', '4111 1111 1111 1111'],
    ['dashes', '4111-1111-1111-1111'],
    ['two blanks', '4111  1111  1111  1111'],
    ['no-break spaces', '4111\u00a01111\u00a01111\u00a01111'],
    ['odd groups', '411111 1111 111111'],
  ])('are found with %s between their digits', (_, text) => {
    expect(redacted(text)).toBe('411111******1111');
  });

  it('are found beside other numbers', () => {
    expect(redacted('21 11 2026 4111 1111 1111 1111 12')).toBe('21 11 2026 411111******1111 12');
    expect(redacted('2026-11-21 4111111111111111')).toBe('2026-11-21 411111******1111');
  });

  it.each([
    ['1234567812345670', 'right check digit, no issuer (the Luhn vector of many textbooks)'],
    ['1732170658123456789', 'a time in nanoseconds'],
    ['0.4111111111111111', 'the fraction of a number'],
    ['41111111111111111111111111', 'more digits than a card has'],
    ['411111111111', 'fewer'],
    ['2721000000000004', 'right check digit, just above the 2-series'],
  ])('%s is none: %s', (text) => {
    expect(redacted(text)).toBe(text);
  });
});

describe('what a magnetic stripe holds', () => {
  it.each([
    ['track2=4012888888881881=27121011234567890123 read', 'track2=[CARD_VERIFICATION] read'],
    [';4012888888881881=27121011234567890123?', ';[CARD_VERIFICATION]'],
    ['35:5500005555555559D26012010000012300000F', '35:[CARD_VERIFICATION]'],
    ['%B5500005555555559^OKAFOR/ADA^27121010000000000000?', '%B[CARD_VERIFICATION]'],
  ])('goes with the number: %s', (text, left) => {
    expect(redacted(text)).toBe(left);
  });

  it('is not a comparison', () => {
    expect(redacted('a 4012888888881881=12 b')).toBe('a 401288******1881=12 b');
  });
});
