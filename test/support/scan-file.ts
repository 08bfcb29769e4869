import { createReadStream } from 'node:fs';

/** Longer than any canary in any of its forms. */
const OVERLAP_CHARACTERS = 256;

/** What `find` finds in a file, read as latin1 in chunks that overlap, so that nothing hides on a border. */
export async function foundInFile(
  path: string,
  find: (text: string) => readonly string[],
): Promise<ReadonlySet<string>> {
  const hits = new Set<string>();
  let tail = '';
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const text = tail + (chunk as Buffer).toString('latin1');
    for (const hit of find(text)) hits.add(hit);
    tail = text.slice(-OVERLAP_CHARACTERS);
  }
  return hits;
}
