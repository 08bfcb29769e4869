import type { DataClass } from '../../../redaction/data-classes.ts';
import type { Span } from './labelled-case.ts';
import { slotOf } from './slot.ts';
import { developmentSentences, heldOutSentences } from './sentences.ts';
import { pick } from './valid-ids.ts';
import type { Maker, Part } from './values.ts';

type Made = { readonly text: string; readonly spans: readonly Span[] };
type Keys = Readonly<Record<string, readonly string[]>>;
export type Frame = {
  readonly format: string;
  readonly make: (maker: Maker, sentence: string, keys: Keys) => Made;
};

/** Text put together piece by piece, with the places of its values; `write` encodes a value as the format wants it. */
function build(
  pieces: readonly (string | { readonly text: string; readonly dataClass: DataClass | null })[],
  write: (text: string) => string = (text) => text,
): Made {
  let text = '';
  const spans: Span[] = [];
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text += piece;
      continue;
    }
    const written = write(piece.text);
    if (piece.dataClass !== null)
      spans.push({
        start: text.length,
        end: text.length + written.length,
        dataClass: piece.dataClass,
      });
    text += written;
  }
  return { text, spans };
}

function fromSentence(maker: Maker, sentence: string): Made {
  const pieces = sentence.split(/(\{\w+\})/).map((piece) => {
    const kind = /^\{(\w+)\}$/.exec(piece)?.[1];
    return kind === undefined ? piece : slotOf(kind, maker);
  });
  // The name of an id stands before it: `{national}` brings its own.
  const named = pieces.flatMap((piece) =>
    typeof piece === 'string' || piece.dataClass !== 'national_id'
      ? [piece]
      : [`${piece.name} `, piece],
  );
  return build(named);
}

const kinds = [
  'person',
  'email',
  'phone',
  'address',
  'birth',
  'card',
  'iban',
  'ip',
  'mac',
  'secret',
  'password',
  'cvv',
  'mrn',
  'plan',
  'passport',
  'licence',
  'account',
  'national',
  'harmless',
  'harmless',
  'harmless',
  'spoiled',
] as const;

function fields(
  maker: Maker,
  keys: Keys,
  count: number,
): { readonly key: string; readonly slot: ReturnType<typeof slotOf> }[] {
  const used = new Set<string>();
  const made: { key: string; slot: ReturnType<typeof slotOf> }[] = [];
  while (made.length < count) {
    const kind = pick(maker.random, kinds);
    const slot = slotOf(kind, maker);
    const key =
      kind === 'national' && slot.dataClass === 'national_id'
        ? slot.name.toLowerCase().replace(/[ .'’°-]+/g, '_')
        : pick(maker.random, keys[slot.dataClass === 'email' ? 'email' : kind] ?? [slot.name]);
    if (used.has(key)) continue;
    used.add(key);
    made.push({ key, slot });
  }
  return made;
}

const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);

function json(maker: Maker, keys: Keys, write: (text: string) => string, quote: string): Made {
  const pieces: Parameters<typeof build>[0][number][] = ['{'];
  fields(maker, keys, 4).forEach(({ key, slot }, at) => {
    pieces.push(`${at > 0 ? ',' : ''}${quote}${key}${quote}:${quote}`, slot, quote);
  });
  return build([...pieces, '}'], write);
}

function lines(maker: Maker, keys: Keys, count: number, between: string, after: string): Made {
  const pieces = fields(maker, keys, count)
    .filter(
      ({ slot }) => !slot.text.includes('\n') && !(between === '=' && slot.text.includes(' ')),
    )
    .flatMap(({ key, slot }) => [`${key}${between}`, slot, after]);
  return build(pieces);
}

function table(
  maker: Maker,
  columns: readonly (readonly [string, string])[],
  delimiter: string,
): Made {
  const pieces: Parameters<typeof build>[0][number][] = [
    `${columns.map(([name]) => name).join(delimiter)}\n`,
  ];
  for (let row = 0; row < 2; row += 1) {
    columns.forEach(([, kind], at) => {
      let slot = slotOf(kind, maker);
      while (slot.text.includes(delimiter))
        slot = slotOf(kind === 'address' ? 'person' : kind, maker);
      pieces.push(slot, at < columns.length - 1 ? delimiter : '\n');
    });
  }
  return build(pieces);
}

const stack: Frame['make'] = (maker) =>
  build([
    'Error: lookup failed for ',
    slotOf('email', maker),
    '\n    at Object.find (/srv/app/dist/users.js:',
    slotOf('harmless', { ...maker }),
    ')\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
  ]);

const url: Frame['make'] = (maker) =>
  build(
    [
      'https://api.example.com/v2/users?email=',
      slotOf('email', maker),
      '&phone=',
      slotOf('phone', maker),
      '&page=2&access_token=',
      slotOf('secret', maker),
    ],
    encodeURIComponent,
  );

const hl7: Frame['make'] = (maker) => {
  const name = slotOf('person', { ...maker, language: 'en' });
  return build([
    'MSH|^~\\&|LAB|HOSP|EHR|CLIN|20260312||ORU^R01|123|P|2.5\rPID|1||',
    slotOf('mrn', maker),
    '^^^HOSP^MR||',
    { ...name, text: name.text.split(' ').reverse().join('^') },
    '||',
    { dataClass: 'birth_date', text: '19800312' },
    '|F',
  ]);
};

/** Formats of each part; the second part has some that the first has not. */
export const frames: Readonly<Record<Part, readonly Frame[]>> = {
  development: [
    ...Array.from({ length: 7 }, (): Frame => ({ format: 'prose', make: fromSentence })),
    ...Array.from({ length: 4 }, (): Frame => ({
      format: 'json',
      make: (maker, _, keys) => json(maker, keys, escaped, '"'),
    })),
    {
      format: 'json in json',
      make: (maker, _, keys) => json(maker, keys, (text) => escaped(escaped(text)), '\\"'),
    },
    { format: 'k=v', make: (maker, _, keys) => lines(maker, keys, 4, '=', ' ') },
    { format: 'yaml', make: (maker, _, keys) => lines(maker, keys, 4, ': ', '\n') },
    {
      format: 'csv',
      make: (maker) =>
        table(
          maker,
          [
            ['id', 'harmless'],
            ['full_name', 'person'],
            ['email', 'email'],
            ['card_number', 'card'],
          ],
          ',',
        ),
    },
    { format: 'url', make: url },
    { format: 'stack trace', make: stack },
    { format: 'hl7', make: hl7 },
  ],
  'held-out': [
    ...Array.from({ length: 7 }, (): Frame => ({ format: 'prose', make: fromSentence })),
    ...Array.from({ length: 4 }, (): Frame => ({
      format: 'json',
      make: (maker, _, keys) => json(maker, keys, escaped, '"'),
    })),
    { format: 'python', make: (maker, _, keys) => json(maker, keys, (text) => text, "'") },
    { format: 'log line', make: (maker, _, keys) => lines(maker, keys, 3, '=', ', ') },
    { format: 'form', make: (maker, _, keys) => lines(maker, keys, 4, ': ', '\n') },
    {
      format: 'tsv',
      make: (maker) =>
        table(
          maker,
          [
            ['customer name', 'person'],
            ['mobile', 'phone'],
            ['dob', 'birth'],
            ['notes', 'harmless'],
          ],
          '\t',
        ),
    },
    {
      format: 'markdown',
      make: (maker) =>
        table(
          maker,
          [
            ['Ref', 'harmless'],
            ['Patient name', 'person'],
            ['MRN', 'mrn'],
          ],
          ' | ',
        ),
    },
    {
      format: 'xml',
      make: (maker) =>
        build([
          '<customer><firstName>',
          slotOf('person', maker),
          '</firstName><emailAddress>',
          slotOf('email', maker),
          '</emailAddress><orderId>',
          slotOf('harmless', maker),
          '</orderId></customer>',
        ]),
    },
    {
      format: 'sql',
      make: (maker) =>
        build([
          "SELECT * FROM users WHERE email = '",
          slotOf('email', maker),
          "' AND created_at > '2026-01-01' LIMIT 50 -- ",
          slotOf('harmless', maker),
        ]),
    },
  ],
};

/** Names of keys by kind of value, apart for the two parts. */
export function keysOf(part: Part): Keys {
  return part === 'development' ? developmentKeys : heldOutKeys;
}

const developmentKeys: Keys = {
  person: ['full_name', 'customerName', 'patient_name'],
  email: ['email', 'user_email'],
  phone: ['phone', 'mobile_number'],
  address: ['address', 'street_address'],
  birth: ['dob', 'birth_date'],
  card: ['card_number', 'pan'],
  iban: ['iban'],
  ip: ['client_ip', 'ip'],
  mac: ['mac', 'mac_address'],
  secret: ['api_key', 'token'],
  password: ['password', 'db_password'],
  cvv: ['cvv'],
  mrn: ['mrn', 'patient_id'],
  plan: ['member_id'],
  passport: ['passport_number'],
  licence: ['drivers_license'],
  account: ['account_number'],
  harmless: ['id', 'version', 'commit', 'order_id', 'created_at'],
  spoiled: ['order_no', 'reference'],
};

const heldOutKeys: Keys = {
  person: ['contactPerson', 'cardholder', 'display_name', 'Nachname'],
  email: ['contact_email', 'e-mail', 'correo'],
  phone: ['telephone', 'cellPhone', 'contact_number', 'Telefon'],
  address: ['shippingAddress', 'home_address', 'Anschrift'],
  birth: ['dateOfBirth', 'Geburtsdatum', 'fecha_nacimiento'],
  card: ['creditCardNumber', 'cc_number', 'kreditkarte'],
  iban: ['bankIban', 'IBAN'],
  ip: ['remote_addr', 'sourceIp'],
  mac: ['hw_addr', 'macAddress'],
  secret: ['apiToken', 'access_key', 'auth'],
  password: ['passwd', 'userPassword', 'contraseña'],
  cvv: ['cvc', 'securityCode'],
  mrn: ['medicalRecordNumber', 'patientNumber'],
  plan: ['insuranceMemberId', 'policy_number'],
  passport: ['passportNo', 'reisepass'],
  licence: ['driver_license_number', 'dl_number'],
  account: ['bankAccountNumber', 'acct_no'],
  harmless: ['requestId', 'sha', 'buildNumber', 'trackingRef', 'ts'],
  spoiled: ['ticket', 'invoice_no'],
};

/** Sentences by language; each part has its own. */
export function sentences(part: Part, language: string): readonly string[] {
  return (part === 'development' ? developmentSentences : heldOutSentences)[language] ?? [];
}
