import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../../redaction/redactor.ts';

const key = Buffer.alloc(32, 1);
const redactor = createRedactor({
  tenant: 'default',
  keys: { principal: key, session: key, token: key },
});

function leftOf(text: string): string {
  const redaction = redactor.redactValue('', Buffer.from(text));
  return redaction === null ? text : Buffer.from(redaction.replacement).toString('utf8');
}

const taken = (text: string, value: string): void => {
  expect(text).toContain(value);
  expect(leftOf(text)).not.toContain(value);
};

describe('names in prose', () => {
  it.each([
    ['a middle initial', 'Hanne I. Kreutz from Bergen is the keynote speaker', 'Hanne I. Kreutz'],
    ['a surname’s ending', 'Have you been to a concert of Asta Gunnarsdóttir?', 'Gunnarsdóttir'],
    ['a surname’s ending', 'The report was checked by nobody but Ovidiu Antonescu.', 'Antonescu'],
    ['a surname’s ending in JSON', '{"name":"Wasilij Petrenko"}', 'Petrenko'],
    ['a verb of people', 'Sofie lives on the third floor', 'Sofie'],
    ['who speaks', 'Megan: Remember me, from school?', 'Megan'],
    ['who is spoken to', 'Bryce, can I please speak to your manager?', 'Bryce'],
    ['others like it', 'They had three: Janet, Kevin and Terri.', 'Kevin'],
    ['what belongs to them', 'It was Rebecca’s passport that was lost', 'Rebecca'],
    ['kin', 'I would like to remove my nephew Oyelaran from the will', 'Oyelaran'],
    ['an answer', 'What is the name on the account? Quillon Varga', 'Quillon Varga'],
    ['a greeting', 'Dear Xochitl, as agreed we send', 'Xochitl'],
    ['a label above others', 'Name: Toshimi Arata\nPhone: see below', 'Toshimi Arata'],
    ['an address below', 'Jarda Novy\nSkyline\n12 Oak Street, Boston, MA 02108', 'Jarda Novy'],
  ])('are told by %s', (_, text, value) => taken(text, value));

  it.each([
    'Vitamin C Tablets and Plan B Options are out of stock',
    'Compile C Code into a library',
    'Claude said that Alexa lives in the cloud, and Jenkins wrote a report',
    'Mark: Grant access, Bill: Chase the invoice',
    'import { Meter } from "./meter"; private child: LoadBalancer | null = null;',
    'Grace, Hope are words; Max, Min are functions',
    'Name: Production Database\nRegion: eu-west-1',
    'Lake Lugano, Project Lundgren, Theorem Weierstrassmann',
  ])('are not: %s', (text) => expect(leftOf(text)).toBe(text));
});

describe('addresses', () => {
  it.each([
    ['a flat', 'They moved to 28245 Puruntie 82 Apt. 595 last year', '28245 Puruntie 82 Apt. 595'],
    ['lines below', '233 Erzsébet tér 19.\n Suite 282\n Domoszló\n Hungary 34796', 'Domoszló'],
    [
      'a quoted block',
      '> 079 Mellemstræde 74\n> Apt. 31\n> Vordingborg\n> Denmark 2958',
      'Vordingborg',
    ],
    ['words before', 'Tosh lives at 172 Maneeži 75, Saareküla', '172 Maneeži 75, Saareküla'],
    ['a country', 'It is in 0912 P.O. Box 287, Tallinn, Estonia', '0912 P.O. Box 287, Tallinn'],
    [
      'armed forces',
      'Meet me at PSC 1437, Box 3833\nAPO AA 66791',
      'PSC 1437, Box 3833\nAPO AA 66791',
    ],
    ['a ship', 'what is it? it is USNV Vincent\nFPO AA 68422', 'USNV Vincent\nFPO AA 68422'],
  ])('are told by %s', (_, text, value) => taken(text, value));

  it.each([
    'During 1971, the company invested in Engineering 12 and Monitoring 5',
    'Meet me at 5 PM Tuesday, 3 GB Memory left',
    'It took 3 Servers and 20 Large Instances',
    'In 2019 Microsoft, Norway and Sweden signed it',
    'We had 5 Senior Engineers, Germany had 3',
    'Version 3 Release Notes, Canada and others',
  ])('are not: %s', (text) => expect(leftOf(text)).toBe(text));

  it.each([
    ['Adress: Kungsgatan 138, 111 43 Stockholm\n> 2512 Maple Street 336', '2512 Maple Street'],
    ['Mieszkam przy ul. Polna 17. Rua Augusta, 77, 01305-100 São Paulo', 'São Paulo'],
    ['43 boulevard Saint-Michel\n> 2001:db8::67ab:dee1', '2001:db8::67ab:dee1'],
    ['Via Roma 130 Commande n° 20261121-88213', 'Via Roma 130'],
    [
      'Okmeydani Bulvarı 3\nOluwaseun Adeyemi\n1187 Cedar Hollow Road\nWilmington, NC 28403',
      'Hollow',
    ],
    ['took part in 5 Musicians.\nPlaza España 68', 'Plaza España 68'],
  ])('leave what stands behind one of them whole: %s', (text, value) => taken(text, value));

  it('end where prose goes on', () => {
    expect(leftOf('Tosh lives at 172 Maneeži 75, Saareküla and works there')).toMatch(
      /\] and works there$/,
    );
    expect(leftOf('12 Oak Street. Later we moved away in 1998 again')).toMatch(
      /Later we moved away in 1998 again$/,
    );
  });

  it('end with a country whose name is not in ASCII', () => {
    expect(leftOf('5 Kirkon Tori 7\nMadrid\nEspaña')).not.toMatch(/Madrid|España/);
  });

  // Patterns that can part such texts in many ways took seconds for one line of them.
  it.each([
    'A-a-a-a-a-a-a-a-a-a-a-a '.repeat(6),
    'Aa-aa-aa-aa-aa-aa-aa '.repeat(6),
    'A-A-A-A-A-A-A-A-A-A-A-A-A-A, '.repeat(6),
    'Aa Aa Aa aa Aa, Aa aa Aa aa Aa\n'.repeat(4),
  ])('are looked for in linear time: %s', (tail) => {
    const line = `1 Main St, ${tail}\n`;
    const bytes = Buffer.from(line.repeat(Math.ceil(65_536 / line.length)));
    const start = process.cpuUsage();
    redactor.redactValue('', bytes);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(5);
  });

  it('leave a card number behind them whole', () => {
    const text = leftOf('12 Hill\nBerg, Ort 4242 4242 4242 4242');
    expect(text).toContain('424242******4242');
  });
});

describe('secrets', () => {
  const drawn = 'sxthwp257vpusfe4gr4d4awc794lkxvh';

  it('are taken wherever they stand again', () => {
    const text = `weather token = '${drawn}' | '${drawn}', see ${drawn}.`;
    expect(leftOf(text)).not.toContain(drawn);
  });

  it.each([`Using Key=${drawn}`, `currencylayer_key: "${drawn}"`, `?key=${drawn}&a=1`])(
    'are taken under a plain name when drawn by chance: %s',
    (text) => taken(text, drawn),
  );

  it.each([
    'key: user-settings-page-2026-v2-final',
    'key: Feature2026RolloutPlanForEurope',
    'auth: oauth2ClientCredentialsV2Grant',
    'password UTF-8/Base64 and password Validator.v2/Check, password reset2FA',
    'key=9e4635bc-28dc-45d3-8546-2b30115d9a7b',
    'cache_key: 9f86d081884c7d659a2feaa0c55ad015',
    '{"key":"01J9ZK3V9QH8M2N4P6R8S0T2V4"}',
    `{"idempotency_key":"${drawn}"}`,
  ])('are not: %s', (text) => expect(leftOf(text)).toBe(text));

  it('are taken right behind the word password when they are no word', () => {
    taken('user bob, password q4R%kLw_71v.', 'q4R%kLw_71v');
    expect(leftOf('see password policy2024')).toBe('see password policy2024');
  });

  it('are taken whole behind the word password, however long they are', () => {
    const long = `pypi-AgEIcHlwaS5vcmcu${drawn.repeat(4)}Zq9`;
    expect(leftOf(`twine password ${long}, bye`)).toMatch(/^twine password \[[^\]]*\], bye$/);
    expect(leftOf(`the password is ${long}, bye`)).toMatch(/^the password is \[[^\]]*\], bye$/);
  });

  it('are no pieces of code that stand again', () => {
    const code = 'const password = Buffer.of(0x0a1b, 7); const other = Buffer.of(0x0a1b, 9);';
    expect(leftOf(code)).toContain('other = Buffer.of(0x0a1b, 9)');
  });

  it('of the shape of a Hong Kong identity card need their check digit in brackets', () => {
    taken('HKID G123456(A)', 'G123456(A)');
    expect(leftOf('see G123456(7)')).toBe('see G123456(7)');
  });
});
