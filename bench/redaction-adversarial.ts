import { createRedactor } from '../redaction/redactor.ts';
import { mulberry32 } from './seeded.ts';

const BYTES = 65_536;
const ROUNDS = 5;

// What detectors begin with, and what they read on over.
const pieces =
  `DE89 ¦DE89¦1 ¦12 ¦123 ¦1234 ¦12345678 ¦0151 ¦+49 30 ¦00 49 ¦A1 ¦AB12 34 ¦-----BEGIN RSA PRIVATE KEY¦"token":[ ¦"a":¦a@b.¦@¦eyJ¦ghp_¦sk-¦Bearer ¦Basic a ¦https://¦::¦1:2:¦Dr. A¦Anna ¦Anna Berg ¦John Smith, ¦password is ¦<ssn>¦<a>¦PID|¦%41¦\\u0041¦\\n¦a,b\n¦ssn,name\n1,2\n¦&#65;¦٣¦１¦さん¦我叫¦é¦Straße 1 ¦1 Main St ¦12 rue ¦2020-01-01 ¦1.2.3.4 ¦1.234,¦SSN 1¦ssn: ¦name: A ¦-u a:b¦"phone":"¦YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo9 ¦x1¦1a¦0x1¦4111 ¦41¦1-¦1.¦(1¦aB1¦_1¦Mr. ¦1 N ¦0 ¦(555) ¦012 34 56 ¦to Anna ¦SW1A 1¦〒1¦様¦p 1 ¦id 123456789 ¦a=b&¦key=¦Cookie: ¦{"a":{"b":[¦+1 ¦00:11:22:33:44:55 ¦password¦12° `.split(
    '¦',
  );

export type Hostile = { readonly pattern: string; readonly megabytesASecond: number };

/** The slowest of the texts that are made of one piece, or by a seeded search of up to three, over and over; the slowest first. */
export function slowestTexts(seed: number, mixtures: number): readonly Hostile[] {
  const random = mulberry32(seed);
  const singles = pieces.map((piece) => speedOf(piece));
  const slow = [...singles].sort(bySpeed).slice(0, 20);
  const pick = (): string => slow[Math.floor(random() * slow.length)]?.pattern ?? '';
  const mixed = Array.from({ length: mixtures }, () =>
    speedOf(pick() + pick() + (random() < 0.5 ? pick() : '')),
  );
  return [...singles, ...mixed].sort(bySpeed);
}

function bySpeed(a: Hostile, b: Hostile): number {
  return a.megabytesASecond - b.megabytesASecond;
}

// The best of some rounds, so that what compiling takes does not count.
function speedOf(pattern: string): Hostile {
  const bytes = Buffer.from(pattern.repeat(Math.ceil(BYTES / Buffer.byteLength(pattern))));
  const key = Buffer.alloc(32, 1);
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const redactor = createRedactor({
      tenant: 'bench',
      keys: { principal: key, session: key, token: key },
    });
    const start = process.cpuUsage();
    redactor.redactValue('', bytes);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, user + system);
  }
  return { pattern, megabytesASecond: bytes.length / Math.max(1, best) };
}
