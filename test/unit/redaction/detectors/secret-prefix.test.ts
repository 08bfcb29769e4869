import { describe, expect, it } from 'vitest';
import { secretPrefixes } from '../../../../redaction/detectors/secret-prefixes.ts';
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

const alphabets = {
  token: 'a1B2c3D4e5F6g7H8i9J0',
  dotted: 'a1B2c3D4e5F6g7H8i9J0',
  base64: 'a1B2c3D4e5F6g7H8i9J0',
  alnum: 'a1B2c3D4e5F6g7H8i9J0',
  hex: 'a1b2c3d4e5f60718e9d0',
  upper: 'A2B3C4D5E6F7G2H3I4J5',
} as const;

describe('secrets with a known prefix', () => {
  it.each(secretPrefixes)('$prefix… is dropped as $kind', (row) => {
    const { prefix, kind, tailMin, alphabet, before } = row;
    const body = alphabets[alphabet].repeat(5);
    const secret = body.slice(0, before) + prefix + body.slice(0, Math.max(tailMin, 24));
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
    [`9774913695:${['AA', 'EhBOweik6ad9r_QXMENQjcrGbqCr4K-aa'].join('')}`, 'telegram_token'],
    [['MTIzNDU2Nzg5MDEyMzQ1Njc4', 'GaBcDe', 'x'.repeat(38)].join('.'), 'discord_token'],
    [`${'0123456789abcdef'.repeat(2)}-us12`, 'mailchimp_key'],
    [`abc8Q~${'aB3dE5'.repeat(6).slice(0, 34)}`, 'azure_client_secret'],
    [
      ['https://discord.com/api/webhooks', '8653834210886243', 'x'.repeat(60)].join('/'),
      'discord_webhook',
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
    'api-gateway-for-the-orders-service-of-2026',
    're_export_all_symbols_of_module_2024_11_05_x',
    's.replaceAllOccurrencesOfText2WithText3',
    'secret_manager_client_for_project_2024_with_a_name',
    'dapper-4b8c2d10e6f74a9b8c1d2e3f4a5b6c7d',
    'dp.pt.is.a.namespace.of.packages.in.version.2.0.0.1',
  ])('leaves %s', (text) => {
    expect(redacted(text)).toBe(text);
  });
});
