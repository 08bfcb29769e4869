import { Redactor } from '@redactpii/node';
import { OpenRedaction } from 'openredaction';
import { SyncRedactor } from 'redact-pii';
import { redactText } from '../redaction/redact-text.ts';
import type { Detector, FoundSpan } from './redaction-score.ts';

export type Peer = { readonly name: string; readonly detect: Detector };

/** What is measured: ours, and libraries of npm as they come. Types that a library names are put into our classes. */
export function createPeers(): readonly Peer[] {
  const plain = new SyncRedactor();
  const five = new Redactor({
    rules: { CREDIT_CARD: true, EMAIL: true, NAME: true, PHONE: true, SSN: true },
  });
  const open = new OpenRedaction();
  return [
    { name: 'waybill', detect: (text) => redactText(text).receipts },
    { name: 'redact-pii', detect: (text) => aligned(text, plain.redact(text)) },
    { name: '@redactpii/node', detect: (text) => aligned(text, five.redact(text)) },
    {
      name: 'openredaction',
      detect: async (text) =>
        (await open.detect(text)).detections.map(({ type, position: [start, end] }) => ({
          start,
          end,
          dataClass: classOf(type),
        })),
    },
  ];
}

const marks =
  /(?:PERSON_NAME|PHONE_NUMBER|EMAIL_ADDRESS|CREDIT_CARD_NUMBER|US_SOCIAL_SECURITY_NUMBER|STREET_ADDRESS|ZIPCODE|IP_ADDRESS|USERNAME|PASSWORD|CREDENTIALS|DIGITS|URL)/;

// Two of them give only the text that is left: what stands between their marks is looked for in order, the rest was taken.
function aligned(text: string, redacted: string): readonly FoundSpan[] {
  const found: FoundSpan[] = [];
  let at = 0;
  let type = '';
  for (const [index, part] of redacted.split(new RegExp(`(${marks.source})`)).entries()) {
    if (index % 2 === 1) {
      type = part;
      continue;
    }
    const place = part === '' && type !== '' ? text.length : text.indexOf(part, at);
    if (place < 0) break;
    if (type !== '' && place > at) found.push({ start: at, end: place, dataClass: classOf(type) });
    at = place + part.length;
    type = '';
  }
  return found;
}

const classes: readonly (readonly [RegExp, string])[] = [
  [/EMAIL/, 'email'],
  [/PHONE|FAX/, 'phone'],
  [/CREDIT_CARD|CARD_NUMBER/, 'card'],
  [/CVV/, 'card_verification'],
  [/IBAN/, 'iban'],
  [/PASSPORT/, 'passport'],
  [/LICEN[CS]E/, 'licence'],
  [/BIRTH|DOB/, 'birth_date'],
  [/MAC|DEVICE|IMEI/, 'device'],
  [/IPV?[46]?(?:_|$)|IP_ADDRESS/, 'ip'],
  [/SSN|SOCIAL_SECURITY|NATIONAL|NINO|_ID$|TAX|PESEL|CPF|BSN|DNI/, 'national_id'],
  [/MEDICAL|MRN|PATIENT/, 'medical_record'],
  [/INSURANCE|HEALTH|MEDICARE/, 'health_plan'],
  [/BANK|ACCOUNT|ROUTING/, 'bank_account'],
  [/PRIVATE_KEY/, 'private_key'],
  [/PASSWORD|CREDENTIALS/, 'password'],
  [/KEY|TOKEN|SECRET|JWT/, 'secret'],
  [/ADDRESS|ZIP|POSTCODE/, 'address'],
  [/NAME/, 'person'],
];

function classOf(type: string): string {
  return classes.find(([pattern]) => pattern.test(type.toUpperCase()))?.[1] ?? type.toLowerCase();
}
