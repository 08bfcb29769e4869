import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export type SourceFile = { readonly path: string; readonly text: string };

/** Every TypeScript and JavaScript file that git tracks or would track, with its text. */
export function sourceFiles(): readonly SourceFile[] {
  return trackedFiles()
    .filter((path) => /\.(ts|js)$/.test(path))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

export function trackedFiles(): readonly string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const deleted = new Set(lines(execFileSync('git', ['ls-files', '--deleted'])));
  return lines(execFileSync('git', args)).filter((path) => !deleted.has(path));
}

function lines(output: Buffer): readonly string[] {
  return output.toString('utf8').split('\n').filter(Boolean);
}
