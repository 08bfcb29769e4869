import { describe, expect, it } from 'vitest';
import { redactText } from '../../../redaction/redact-text.ts';

function found(text: string): readonly string[] {
  return redactText(text).receipts.map(
    ({ dataClass, start, end }) => `${dataClass} ${text.slice(start, end)}`,
  );
}

describe('redactText', () => {
  // Ids are the published examples of their authorities; telephone numbers those kept for fiction.
  it.each([
    ['mail ana.souza@example.com.br now', 'email ana.souza@example.com.br'],
    ['SSN: 219-09-9999', 'national_id 219-09-9999'],
    ['{"ssn":{"value":"219-09-9999"}}', 'national_id 219-09-9999'],
    ['numéro de sécurité sociale 2 55 08 14 168 025 38', 'national_id 2 55 08 14 168 025 38'],
    ['PESEL 44051401359', 'national_id 44051401359'],
    ['DNI 12345678Z', 'national_id 12345678Z'],
    ['codice fiscale: RSSMRA85T10A562S', 'national_id RSSMRA85T10A562S'],
    ['CPF 111.444.777-35', 'national_id 111.444.777-35'],
    ['身份证号：11010519491231002X', 'national_id 11010519491231002X'],
    ['IBAN DE89 3704 0044 0532 0130 00.', 'iban DE89 3704 0044 0532 0130 00'],
    ['{"log":"paid\\nde89370400440532013000 today"}', 'iban de89370400440532013000'],
    ['call (555) 010-9999', 'phone (555) 010-9999'],
    ['reach +44 20 7946 0958 today', 'phone +44 20 7946 0958'],
    ['from 203.0.113.7:443', 'ip 203.0.113.7'],
    ['peer 2001:db8::ff00:42:8329 left', 'ip 2001:db8::ff00:42:8329'],
    ['mac 00:00:5e:00:53:af', 'device 00:00:5e:00:53:af'],
    ['born on 12 March 1980', 'birth_date 12 March 1980'],
    ['{"geburtsdatum":"1980-03-12"}', 'birth_date 1980-03-12'],
    ['Dear Mrs. Maria Lopez,', 'person Maria Lopez'],
    ['{"firstName":"Zbigniew"}', 'person Zbigniew'],
    ['at 221B Baker Street, London', 'address 221B Baker Street'],
    ['VIN 1M8GDM9AXKP042788', 'vehicle 1M8GDM9AXKP042788'],
    ['{"to":"Uwe\\nHauptstr. 130, 10115 Berlin"}', 'address Hauptstr. 130, 10115 Berlin'],
    ['{"to":"Ana\\nRua das Flores, 43"}', 'address Rua das Flores, 43'],
    ['CVV 123', 'card_verification 123'],
    ['MRN: 00123456', 'medical_record 00123456'],
    ['Medicare 1EG4-TE5-MK73', 'health_plan 1EG4-TE5-MK73'],
    ['passport number: X1234567', 'passport X1234567'],
    ['<ssn>219-09-9999</ssn>', 'national_id 219-09-9999'],
    ['password is hunter2!', 'password hunter2'],
  ])('finds in %s', (text, expected) => {
    expect(found(text)).toContain(expected);
  });

  it.each([
    ['%7B%22ssn%22%3A%22219-09-9999%22%7D', 'national_id 219-09-9999'],
    ['ana%40example.com', 'email ana%40example.com'],
    [
      '\\u0034\\u0031\\u0031\\u0031 1111 1111 1111',
      'card \\u0034\\u0031\\u0031\\u0031 1111 1111 1111',
    ],
    ['ana&#64;example.com', 'email ana&#64;example.com'],
    ['card ４１１１１１１１１１１１１１１１', 'card ４１１１１１１１１１１１１１１１'],
    [
      `blob ${Buffer.from('{"password":"hunter2","a":1}').toString('base64')}`,
      `encoded ${Buffer.from('{"password":"hunter2","a":1}').toString('base64')}`,
    ],
  ])('looks through the encoding of %s', (text, expected) => {
    expect(found(text)).toContain(expected);
  });

  it.each([
    'order 123456789012',
    'version 1.2.3.4',
    '2026-11-21T09:24:54.123Z took 12.345 ms',
    'id 5c1f3b0e-8d0a-4f8e-9c0b-2f6f1d3c4b5a',
    'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    '{"name":"get_weather","max_tokens":4096,"created":1763716494}',
    'PESEL 44051401358',
    'the logo@2x.png of Central Park',
    'Server started on port 8080 in 1234 ms',
  ])('leaves %s', (text) => {
    expect(found(text)).toEqual([]);
  });

  it.each(['07515070-1600-46d8-aefb-3c524ecb6570', '64237224-6a5f-41c2-9d7b-0c52f1e08b3d'])(
    'sees no telephone number and no national id in the UUID %s',
    (uuid) => {
      for (const text of [`{"id":"${uuid}"}`, `uuid: ${uuid}.`, `/jobs/${uuid}/log`])
        expect(found(text)).toEqual([]);
    },
  );

  it('takes a UUID that names a device', () => {
    const uuid = '07515070-1600-46d8-aefb-3c524ecb6570';
    expect(found(`{"device_id":"${uuid}"}`)).toEqual([`device ${uuid}`]);
    expect(found(`{"deviceId" : "${uuid}"}`)).toEqual([`device ${uuid}`]);
  });

  it('gives one token for a value however it is written', () => {
    const [first, second] = redactText('+44 20 7946 0958 or +442079460958').receipts;
    expect(first?.replacement).toMatch(/^\[PHONE:k1:[0-9a-f]{24}\]$/);
    expect(second?.replacement).toBe(first?.replacement);
  });

  it('counts places in the input as strings do', () => {
    const text = '🙂 é mail ana@example.com';
    const [receipt] = redactText(text).receipts;
    expect(text.slice(receipt?.start, receipt?.end)).toBe('ana@example.com');
  });

  it('does what the policy says, and never digests what may have no digest', () => {
    const actionFor = () => 'token' as const;
    expect(redactText('password=hunter2', { actionFor }).text).toBe('password=[REDACTED:password]');
    const keepAll = redactText('CVV 123, ana@example.com', { actionFor: () => 'keep' });
    expect(keepAll.text).toBe('CVV 123, ana@example.com');
  });

  it.each(['4111-1111-1111-1111', 'AKIAIOSFODNN7EXAMPLE', `ghp_${'c4n4ry'.repeat(6)}`])(
    'finds %s amid encoded data that was looked into',
    (value) => {
      const encode = (text: string): string =>
        Buffer.from(text).toString('base64').replaceAll('=', '');
      const before = encode('the report of the week is ready, 12 of 14 pages of it');
      const behind = encode('and so on and so forth until the end '.repeat(20));
      expect(redactText(`file ${before}/${value}/${behind}`).text).not.toContain(value);
    },
  );

  it.each([
    '2Kerkstraat 120, Utrecht',
    'cityRua Augusta, 77',
    'SINCorso Italia 4',
    'Oude-gracht 12',
  ])('finds the street in %s, whose words are not parted by a blank', (text) => {
    expect(redactText(text).text).toContain('[ADDRESS]');
  });

  it('finds a key of several parts, of which the last is a digest by its letters', () => {
    const key = `app-1-A7L24E7SV72-9330915928358-${'f609b4ab47d94996'.repeat(4)}`;
    expect(redactText(`the token is ${key} of today`).text).not.toContain(key);
  });

  it('takes a UUID under the name of a wallet or a user for one, and one under an id for an id', () => {
    const uuid = '3f2b8c1e-9d4a-4b7e-8f10-2a6c5d7e9b01';
    expect(redactText(`{"a":1,"wallet":"${uuid}"}`).text).not.toContain(uuid);
    expect(redactText(`{"a":1,"login": "${uuid}"}`).text).not.toContain(uuid);
    expect(redactText(`{"a":1,"requestId":"${uuid}"}`).text).toContain(uuid);
  });
});
