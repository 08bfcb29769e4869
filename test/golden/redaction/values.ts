import type { Random } from './valid-ids.ts';
import { card, digits, iban, int, nationalIds, pick, spoiled } from './valid-ids.ts';

export type Part = 'development' | 'held-out';

/** People, streets and the like of a language, in two halves that share nothing. */
type Pool = {
  readonly first: readonly string[];
  readonly last: readonly string[];
  readonly addresses: readonly string[];
  readonly phones: readonly string[];
  readonly months: readonly string[];
};

const pools: Readonly<Record<string, Pool>> = {
  en: {
    first: ['Emily', 'James', 'Olivia', 'Daniel', 'Rachel', 'Kevin', 'Priya', 'Marcus'],
    last: [
      'Harrison',
      'Whitfield',
      'Okafor',
      'Delgado',
      'Nguyen',
      'Sutton',
      'McAllister',
      'Barnes',
    ],
    addresses: [
      '# Maple Street',
      '# Oak Avenue, Apt 4B',
      '# Birch Lane, Springfield, IL 62704',
      '# Kings Road, London SW1A 1AA',
      '# Sunset Blvd',
      '# N Elm St, Portland, OR 97205',
    ],
    phones: [
      '(415) ###-####',
      '212-###-####',
      '+1 650 ### ####',
      '+44 20 7946 ####',
      '303.###.####',
    ],
    months: ['March', 'October', 'June', 'July'],
  },
  de: {
    first: ['Sabine', 'Jürgen', 'Katrin', 'Matthias', 'Anja', 'Uwe'],
    last: ['Schröder', 'Hoffmann', 'Zimmermann', 'Weiß', 'Brandt', 'Köhler'],
    addresses: [
      'Lindenstraße #',
      'Hauptstr. #, 10115 Berlin',
      'Goetheweg #',
      'Am Markt #, 50667 Köln',
      'Schillerplatz #',
    ],
    phones: ['+49 30 ########', '030 ########', '0171 #######', '+49 171 #######'],
    months: ['März', 'Oktober', 'Juni', 'Juli'],
  },
  fr: {
    first: ['Camille', 'Julien', 'Élodie', 'Thierry', 'Mathilde', 'Hugo'],
    last: ['Lefebvre', 'Girard', 'Moreau', 'Fontaine', 'Chevalier', 'Dupont'],
    addresses: [
      '# rue de la Paix, 75002 Paris',
      '# avenue Victor Hugo',
      '# boulevard Saint-Michel',
      '# chemin des Vignes, 69003 Lyon',
    ],
    phones: ['01 42 ## ## ##', '06 12 ## ## ##', '+33 6 12 ## ## ##', '+33 1 42 ## ## ##'],
    months: ['mars', 'octobre', 'juin', 'juillet'],
  },
  es: {
    first: ['Lucía', 'Javier', 'Carmen', 'Alejandro', 'Pilar', 'Sergio'],
    last: ['García López', 'Fernández', 'Ruiz Martín', 'Ortega', 'Navarro', 'Castillo'],
    addresses: [
      'Calle Mayor #',
      'Avenida de América, #',
      'Calle Serrano #, 28001 Madrid',
      'Plaza España #',
    ],
    phones: ['+34 612 ### ###', '+34 91 ### ## ##', '612 ### ###'],
    months: ['marzo', 'octubre', 'junio', 'julio'],
  },
  it: {
    first: ['Giulia', 'Marco', 'Francesca', 'Luca', 'Chiara', 'Paolo'],
    last: ['Rossi', 'Bianchi', 'Esposito', 'Ricci', 'Conti', 'Gallo'],
    addresses: [
      'Via Roma #',
      'Corso Italia #, 20122 Milano',
      'Piazza Garibaldi #',
      'Via Garibaldi, #',
    ],
    phones: ['+39 333 ### ####', '+39 06 #### ####', '333 #######'],
    months: ['marzo', 'ottobre', 'giugno', 'luglio'],
  },
  pt: {
    first: ['Beatriz', 'João', 'Mariana', 'Rafael', 'Inês', 'Tiago'],
    last: ['Silva', 'Oliveira', 'Carvalho', 'Almeida', 'Ferreira', 'Souza'],
    addresses: ['Rua das Flores, #', 'Avenida Paulista, #', 'Rua Augusta, #, 01305-100 São Paulo'],
    phones: ['+351 912 ### ###', '+55 11 9####-####', '(11) 9####-####'],
    months: ['março', 'outubro', 'junho', 'julho'],
  },
  nl: {
    first: ['Sanne', 'Daan', 'Femke', 'Jeroen', 'Lotte', 'Pieter'],
    last: ['de Vries', 'van Dijk', 'Bakker', 'Jansen', 'Visser', 'Mulder'],
    addresses: ['Kerkstraat #', 'Prinsengracht #, 1016 GV Amsterdam', 'Dorpsweg #'],
    phones: ['+31 6 ########', '06-########', '020 ### ####'],
    months: ['maart', 'oktober', 'juni', 'juli'],
  },
  pl: {
    first: ['Katarzyna', 'Piotr', 'Agnieszka', 'Tomasz', 'Magdalena', 'Wojciech'],
    last: ['Kowalska', 'Nowak', 'Wiśniewski', 'Zielińska', 'Mazur', 'Krawczyk'],
    addresses: ['ul. Marszałkowska #', 'ul. Długa #, 31-147 Kraków'],
    phones: ['+48 601 ### ###', '+48 22 ### ## ##'],
    months: ['marca', 'października', 'czerwca', 'lipca'],
  },
  ru: {
    first: ['Иван', 'Ольга', 'Сергей', 'Наталья', 'Дмитрий', 'Елена'],
    last: ['Петров', 'Смирнова', 'Кузнецов', 'Волкова', 'Соколов', 'Лебедева'],
    addresses: ['ул. Ленина, д. #', 'проспект Мира, #'],
    phones: ['+7 916 ###-##-##', '+7 495 ###-##-##'],
    months: ['марта', 'октября', 'июня', 'июля'],
  },
  ja: {
    first: ['太郎', '花子', '健一', '美咲', '翔太', '由美'],
    last: ['佐藤', '鈴木', '高橋', '田中', '伊藤', '渡辺'],
    addresses: ['東京都新宿区西新宿2-8-#', '大阪府大阪市北区梅田1-#'],
    phones: ['090-####-####', '03-5321-####', '+81 90 #### ####'],
    months: ['3月'],
  },
  zh: {
    first: ['伟', '芳', '秀英', '敏', '静', '建国'],
    last: ['王', '李', '张', '刘', '陈', '杨'],
    addresses: ['北京市朝阳区建国路#号', '上海市浦东新区世纪大道#号'],
    phones: ['138########', '+86 139 #### ####', '186########'],
    months: ['3月'],
  },
  ko: {
    first: ['민준', '서연', '지훈', '수빈', '현우', '예진'],
    last: ['김', '이', '박', '최', '정', '강'],
    addresses: ['서울특별시 강남구 테헤란로 #', '부산광역시 해운대구 센텀중앙로 #'],
    phones: ['010-####-####', '02-####-####', '+82 10 #### ####'],
    months: ['3월'],
  },
  tr: {
    first: ['Ayşe', 'Mehmet', 'Zeynep', 'Mustafa', 'Elif', 'Emre'],
    last: ['Yılmaz', 'Kaya', 'Demir', 'Şahin', 'Çelik', 'Aydın'],
    addresses: ['Atatürk Caddesi #', 'Cumhuriyet Bulvarı #'],
    phones: ['+90 532 ### ## ##', '0532 ### ## ##'],
    months: ['Mart', 'Ekim', 'Haziran', 'Temmuz'],
  },
  sv: {
    first: ['Astrid', 'Lars', 'Ingrid', 'Björn', 'Karin', 'Nils'],
    last: ['Lindqvist', 'Andersson', 'Bergström', 'Nyberg', 'Sandberg', 'Holm'],
    addresses: ['Storgatan #', 'Kungsgatan #, 111 43 Stockholm'],
    phones: ['+46 70 ### ## ##', '070-### ## ##'],
    months: ['mars', 'oktober', 'juni', 'juli'],
  },
};

export const languages: readonly string[] = Object.keys(pools);

export function poolOf(language: string): Pool {
  const pool = pools[language];
  if (pool === undefined) throw new Error(`no pool for ${language}`);
  return pool;
}

/** What makes the values of one case: all of one language and part. */
export type Maker = { readonly random: Random; readonly language: string; readonly part: Part };

function half<T>({ random, part }: Maker, items: readonly T[]): T {
  const parity = part === 'development' ? 0 : 1;
  const mine = items.filter((_, at) => at % 2 === parity);
  return pick(random, mine.length === 0 ? items : mine);
}

function filled({ random }: Maker, pattern: string): string {
  return pattern.replace(/#/g, () => String(int(random, 1, 9)));
}

export function person(maker: Maker): string {
  const { first, last } = poolOf(maker.language);
  const [given, family] = [half(maker, first), half(maker, last)];
  if (maker.language === 'ja') return `${family}${given}`;
  return maker.language === 'zh' || maker.language === 'ko'
    ? `${family}${given}`
    : `${given} ${family}`;
}

export function email(maker: Maker): string {
  const { random, part } = maker;
  const name = pick(random, [
    'j.meyer',
    'sara_p',
    'info.k',
    'r-lopez',
    'n.ito',
    'olga77',
    'm.o.brien',
    'kt+news',
  ]);
  const host =
    part === 'development'
      ? ['example.com', 'mail.example.org', 'corp.example.net']
      : ['post.example.edu', 'sub.dept.example.co.uk', 'firma.example'];
  return `${name}${int(random, 1, 99)}@${pick(random, host)}`;
}

export function phone(maker: Maker): string {
  return filled(maker, half(maker, poolOf(maker.language).phones)).replace(/(\() ?/g, '(');
}

export function address(maker: Maker): string {
  const number = String(int(maker.random, 2, maker.language === 'en' ? 4999 : 180));
  return half(maker, poolOf(maker.language).addresses).replace('#', number);
}

export function birthDate({ random, language }: Maker): string {
  const [year, month, day] = [int(random, 1940, 2004), int(random, 1, 12), int(random, 1, 28)];
  const two = (value: number): string => String(value).padStart(2, '0');
  if (language === 'ja' || language === 'zh')
    return pick(random, [`${year}年${month}月${day}日`, `${year}-${two(month)}-${two(day)}`]);
  if (language === 'ko')
    return pick(random, [`${year}년 ${month}월 ${day}일`, `${year}-${two(month)}-${two(day)}`]);
  if (language === 'en')
    return pick(random, [
      `${two(month)}/${two(day)}/${year}`,
      `${year}-${two(month)}-${two(day)}`,
      `${pick(random, poolOf('en').months)} ${day}, ${year}`,
    ]);
  return pick(random, [
    `${two(day)}.${two(month)}.${year}`,
    `${day} ${pick(random, poolOf(language).months)} ${year}`,
    `${two(day)}/${two(month)}/${year}`,
  ]);
}

export function ip({ random }: Maker): string {
  if (random() < 0.75)
    return `${pick(random, [10, 54, 81, 172, 192, 203])}.${int(random, 10, 255)}.${int(random, 0, 255)}.${int(random, 1, 254)}`;
  const group = (): string => int(random, 0x100, 0xffff).toString(16);
  return pick(random, [
    `2001:db8::${group()}:${group()}`,
    `2a02:${group()}:${group()}:${group()}:${group()}:${group()}:${group()}:${group()}`,
    `fe80::${group()}:${group()}`,
  ]);
}

export function mac({ random }: Maker): string {
  const pair = (): string => int(random, 0, 255).toString(16).padStart(2, '0');
  const text = [pair(), pair(), pair(), pair(), 'a7', pair()].join(random() < 0.7 ? ':' : '-');
  return random() < 0.5 ? text : text.toUpperCase();
}

const base62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
function run({ random }: Maker, count: number, alphabet = base62): string {
  let text = '';
  for (let at = 0; at < count; at += 1) text += pick(random, Array.from(alphabet));
  return text;
}

const hex = '0123456789abcdef';

function joined(first: string, second: string): string {
  return first + second;
}

/** Tokens by the formats that their issuers document. Put together here, so that no scanner takes this file for a leak. */
export function secret(maker: Maker): string {
  const kinds: readonly (readonly [Part | 'both', () => string])[] = [
    ['both', () => `${joined('AK', 'IA')}${run(maker, 16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`],
    ['both', () => `${joined('gh', 'p_')}${run(maker, 36)}`],
    ['development', () => `${joined('github', '_pat_')}${run(maker, 22)}_${run(maker, 59)}`],
    ['both', () => `${joined('sk', '_live_')}${run(maker, 24)}`],
    [
      'development',
      () =>
        `${joined('xox', 'b-')}${run(maker, 11, '0123456789')}-${run(maker, 12, '0123456789')}-${run(maker, 24)}`,
    ],
    [
      'held-out',
      () =>
        `${joined('xox', 'p-')}${run(maker, 11, '0123456789')}-${run(maker, 11, '0123456789')}-${run(maker, 12, '0123456789')}-${run(maker, 32, hex)}`,
    ],
    ['both', () => `${joined('AI', 'za')}${run(maker, 35)}`],
    ['held-out', () => `${joined('gl', 'pat-')}${run(maker, 20)}`],
    ['held-out', () => `${joined('SG', '.')}${run(maker, 22)}.${run(maker, 43)}`],
    ['held-out', () => `${joined('np', 'm_')}${run(maker, 36)}`],
    ['development', () => `${joined('sk', '-proj-')}${run(maker, 48)}`],
    ['held-out', () => `${joined('sk', '-ant-api03-')}${run(maker, 80)}`],
    ['held-out', () => `${joined('hv', 's.')}${run(maker, 24)}`],
    ['held-out', () => `${joined('dop', '_v1_')}${run(maker, 64, hex)}`],
    ['development', () => `${joined('shp', 'at_')}${run(maker, 32, hex)}`],
    [
      'both',
      () =>
        `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(JSON.stringify({ sub: run(maker, 8), iat: 1 })).toString('base64url')}.${run(maker, 43)}`,
    ],
  ];
  const mine = kinds.filter(([part]) => part === 'both' || part === maker.part);
  return pick(maker.random, mine)[1]();
}

export function password(maker: Maker): string {
  const words =
    maker.part === 'development'
      ? ['Sommer', 'dragon', 'Tr0ub4dor', 'qwerty']
      : ['Winter', 'monkey', 'c0rrectH', 'letmein'];
  return `${pick(maker.random, words)}${pick(maker.random, ['!', '#', '$', '_', '-'])}${int(maker.random, 10, 9999)}`;
}

export function privateKey(maker: Maker): string {
  const kind = pick(maker.random, ['RSA ', 'EC ', '', 'OPENSSH ']);
  return `-----BEGIN ${kind}PRIVATE KEY-----\n${run(maker, 64)}\n${run(maker, 64)}\n-----END ${kind}PRIVATE KEY-----`;
}

/** An id of a country where the language is spoken, with the words for it; null for a language without one here. */
export function nationalId({
  random,
  language,
}: Maker): { readonly text: string; readonly name: string; readonly spoiled: string } | null {
  const candidates = Object.values(nationalIds).filter(
    ({ names }) => names[language] !== undefined,
  );
  if (candidates.length === 0) return null;
  const { make, names } = pick(random, candidates);
  const text = make(random);
  return { text, name: pick(random, names[language] ?? ['']), spoiled: spoiled(text) };
}

/** Numbers and words that are nothing: what a redactor must leave. */
export function harmless(maker: Maker): string {
  const { random } = maker;
  return pick(random, [
    () => `${int(random, 1, 12)}.${int(random, 0, 30)}.${int(random, 0, 99)}`,
    () => `v${int(random, 1, 9)}.${int(random, 0, 20)}.${int(random, 0, 9)}.${int(random, 0, 9)}`,
    () =>
      `${run(maker, 8, hex)}-${run(maker, 4, hex)}-4${run(maker, 3, hex)}-9${run(maker, 3, hex)}-${run(maker, 12, hex)}`,
    () => run(maker, 40, hex),
    () => run(maker, 64, hex),
    () =>
      `2026-0${int(random, 1, 9)}-1${int(random, 0, 9)}T0${int(random, 0, 9)}:2${int(random, 0, 9)}:11.${digits(random, 3)}Z`,
    () => `17${digits(random, 11)}`,
    () => `17${digits(random, 8)}`,
    () => `ORD-${digits(random, 8)}`,
    () => spoiled(card(random)),
    () => spoiled(iban(random)),
    () => `INV-2026-${digits(random, 6)}`,
    () => `${int(random, 10, 999)}.${digits(random, 2)} EUR`,
    () => `0x${run(maker, 8, hex)}`,
    () => `978-${int(random, 0, 3)}-${digits(random, 2)}-${digits(random, 6)}-${int(random, 0, 9)}`,
    () => `SKU ${digits(random, 9)}`,
    () => `#${run(maker, 6, hex)}`,
    () => `build ${digits(random, 10)}`,
    () => `${int(random, 2, 99)} ms`,
    () =>
      `node_modules/lodash@4.17.${int(random, 1, 21)}/index.js:${int(random, 10, 999)}:${int(random, 1, 80)}`,
  ])();
}
