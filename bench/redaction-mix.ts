import type { Random } from './seeded.ts';
import { hex, mulberry32 } from './seeded.ts';

const words =
  `the report shows that our service handled requests within limits while a few calls were retried after timeouts and the team will look at logs
   before next release because some users asked for better search results in large projects so we added an index which makes queries faster`.split(
    /\s+/,
  );

/** JSON results of tools, mostly clean: rows, files, tickets; 0.2 to 64 kB each, `bytes` in all. */
export function generatedToolPayloads(seed: number, bytes: number): readonly string[] {
  return collected(mulberry32(seed), bytes, (random) => {
    const rows = Array.from({ length: 1 + Math.floor(200 * random() ** 3) }, () => row(random));
    return JSON.stringify({
      content: [{ type: 'text', text: 'ok' }],
      structuredContent: { total: rows.length, rows },
    });
  });
}

/** Prose with a name, an address or a number here and there. */
export function generatedProse(seed: number, bytes: number): readonly string[] {
  return collected(mulberry32(seed), bytes, (random) => {
    const sentences = Array.from({ length: 5 + Math.floor(100 * random() ** 2) }, () =>
      sentence(random),
    );
    return sentences.join(' ');
  });
}

function collected(
  random: Random,
  bytes: number,
  make: (random: Random) => string,
): readonly string[] {
  const texts: string[] = [];
  for (let size = 0; size < bytes; size += texts.at(-1)?.length ?? 0) texts.push(make(random));
  return texts;
}

function row(random: Random): object {
  return {
    id: Math.floor(random() * 1e6),
    uuid: `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 12)}`,
    title: sentence(random).slice(0, 60),
    path: `/srv/${word(random)}/${word(random)}/${word(random)}.ts`,
    status: random() < 0.5 ? 'open' : 'closed',
    updatedAt: new Date(1.76e12 + random() * 1e10).toISOString(),
    score: random(),
    ...(random() < 0.05 ? { email: `${word(random)}@example.com` } : {}),
  };
}

function sentence(random: Random): string {
  const text = Array.from({ length: 6 + Math.floor(12 * random()) }, () => word(random)).join(' ');
  const tail = random() < 0.1 ? ` on ${Math.floor(random() * 28) + 1} March 2026` : '';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${tail}${random() < 0.03 ? ' by Maria Lopez' : ''}.`;
}

function word(random: Random): string {
  return words[Math.floor(random() * words.length)] ?? '';
}
