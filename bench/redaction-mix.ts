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

/** Log lines of a server, two in a hundred with an address of a network. */
export function generatedLogs(seed: number, bytes: number): readonly string[] {
  return collected(mulberry32(seed), bytes, (random) => {
    const lines = Array.from({ length: 5 + Math.floor(300 * random() ** 3) }, () =>
      logLine(random),
    );
    return lines.join('\n');
  });
}

/** Source files, without anything to find. */
export function generatedCode(seed: number, bytes: number): readonly string[] {
  return collected(mulberry32(seed), bytes, (random) => {
    const parts = Array.from({ length: 2 + Math.floor(40 * random() ** 2) }, () =>
      codeBlock(random),
    );
    return parts.join('\n\n');
  });
}

/** Rows, logs, code and prose, one after the other: what the results of tools are made of. */
export function generatedMix(seed: number, bytes: number): readonly string[] {
  const kinds = [generatedToolPayloads, generatedLogs, generatedCode, generatedProse];
  return kinds.flatMap((generate, index) => generate(seed + index, bytes / kinds.length));
}

function logLine(random: Random): string {
  const time = new Date(1.76e12 + random() * 1e10).toISOString();
  const level = random() < 0.9 ? 'INFO' : 'WARN';
  const from = random() < 0.02 ? ` from 203.0.113.${Math.floor(random() * 250)}` : '';
  return `${time} ${level} [${word(random)}-${Math.floor(random() * 9)}] com.acme.${word(random)}.Server - request ${hex(random, 16)} handled in ${Math.floor(random() * 900)} ms status=200${from}`;
}

function codeBlock(random: Random): string {
  const [name, other, third] = [word(random), word(random), word(random)];
  return `// ${sentence(random)}
export async function ${name}${upper(other)}(options: Options): Promise<number> {
  const ${third} = await fetch${upper(name)}(options.limit ?? ${Math.floor(random() * 100)}, { retries: 3 });
  if (${third}.length === 0) return -1;
  return ${third}.filter(({ ${other} }) => ${other} !== undefined).length;
}`;
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
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
