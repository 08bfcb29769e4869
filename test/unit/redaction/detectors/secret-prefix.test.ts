import { describe, expect, it } from 'vitest';
import { secretPrefixes } from '../../../../redaction/detectors/secret-prefix.ts';
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

const alphabet = 'a1B2c3D4e5F6g7H8i9J0';

describe('secrets with a known prefix', () => {
  it.each(secretPrefixes)('$prefix… is dropped as $kind', ({ prefix, kind, tailMin }) => {
    const secret = prefix + alphabet.repeat(4).slice(0, Math.max(tailMin, 24));
    expect(redacted(`use ${secret} here`)).toMatch(/^use \[SECRET:[a-z_]+\] here$/);
    expect(redacted(`{"note":"x\\n${secret}"}`)).toBe(`{"note":"x\\n[SECRET:${kind}]"}`);
    expect(redacted(`?a=%22${secret}%22`)).toBe(`?a=%22[SECRET:${kind}]%22`);
  });

  // The examples in the issuers' own documentation, put together here so that no scanner takes this file for a leak.
  it.each([
    [['AKIA', 'IOSFODNN7EXAMPLE'].join(''), 'aws_access_key'],
    [
      ['https://hooks.slack.com/services', 'T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX'].join(
        '/',
      ),
      'slack_webhook',
    ],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----', 'private_key'],
    ['-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Blbn', 'private_key'],
  ])('%s', (secret, kind) => {
    const out = redacted(`a ${secret}`);
    expect(out).toContain(`[SECRET:${kind}]`);
    expect(out).not.toContain(secret.slice(-12));
  });

  it.each([
    'task-list-of-the-day-and-the-night-2026',
    'AKIA is a prefix',
    'http_request_total_in_the_last_five_minutes_of_the_hour',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    '5c1f3b0e-8d0a-4f8e-9c0b-2f6f1d3c4b5a',
    'sk-learn-pipeline-with-a-very-long-name',
  ])('leaves %s', (text) => {
    expect(redacted(text)).toBe(text);
  });
});
