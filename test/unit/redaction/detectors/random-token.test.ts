import { describe, expect, it } from 'vitest';
import { mulberry32 } from '../../../../bench/seeded.ts';
import { redactText } from '../../../../redaction/redact-text.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function drawn(random: () => number, size: number, characters = alphabet): string {
  return Array.from(
    { length: size },
    () => characters[Math.floor(random() * characters.length)],
  ).join('');
}

const rulesIn = (text: string) => redactText(text).receipts.map(({ rule }) => rule);

describe('a long text drawn by chance', () => {
  it('is dropped wherever it is pasted', () => {
    const random = mulberry32(11);
    const wraps = [
      (token: string) => `here it is ${token} dont share`,
      (token: string) => `{"note":"${token}"}`,
      (token: string) => `use '${token}'.`,
      (token: string) => `--creds=${token} --verbose`,
    ];
    const texts = Array.from({ length: 400 }, (_, at) =>
      wraps[at % wraps.length]?.(drawn(random, 40 + (at % 40))),
    );
    const missed = texts.filter((text) => !rulesIn(text ?? '').includes('secret:random'));
    expect(missed.length).toBeLessThanOrEqual(8);
  });

  it.each([
    ['a digest', (text: string) => `integrity sha512-${text}${text.slice(0, 38)}==`],
    ['an id', (text: string) => `{"spreadsheetId":"${text}"}`],
    ['a cursor', (text: string) => `{"nextPageToken": "${text}"}`],
    ['an etag', (text: string) => `etag: "${text}"`],
    ['a vendor’s id', (text: string) => `run_${text.slice(0, 32)} done`],
    ['a document', (text: string) => `https://docs.example.com/d/${text}/edit`],
    ['a public key', (text: string) => `ssh-ed25519 AAAAC3Nz${text} me@host`],
    ['part of base64', (text: string) => `data ${text}/${text}+${text}=`],
    ['a module', (text: string) => `h1:${text}=`],
  ])('is left when it is %s', (_, wrap) => {
    const random = mulberry32(12);
    const texts = Array.from({ length: 100 }, () => wrap(drawn(random, 48)));
    expect(texts.filter((text) => rulesIn(text).includes('secret:random'))).toEqual([]);
  });

  it('is not a hash, a UUID, a name put together of words, or shouted', () => {
    const random = mulberry32(13);
    const texts = [
      ...Array.from({ length: 100 }, () => drawn(random, 64, '0123456789abcdef')),
      ...Array.from({ length: 100 }, () => drawn(random, 40, '0123456789ABCDEF')),
      'AbstractSingletonProxyFactoryBeanConfiguration2PropertiesRebinder3AutoConfiguration4',
      'test_that_the_Collector_Answers_429_When_The_Queue_Is_Full_2_times_or_3',
      'main-7F3a9c2e-chunk-vendors-node-modules-react-dom-client-production-min-18',
    ];
    expect(texts.filter((text) => rulesIn(`a ${text} b`).includes('secret:random'))).toEqual([]);
  });
});
