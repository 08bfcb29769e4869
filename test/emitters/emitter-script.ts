import { readFileSync, readdirSync } from 'node:fs';

export const scriptFolder = 'test/emitters/scripts';

/** One emitter: what drives it, and what must be installed for that. */
export type EmitterScript = {
  readonly name: string;
  readonly path: string;
  readonly language: 'python' | 'node';
  /** `name==version` for Python, `name@version` for Node; the emitter itself first. */
  readonly packages: readonly string[];
};

/** Every script under `scripts/` that says what it needs; the others are what they share. */
export function emitterScripts(): readonly EmitterScript[] {
  return readdirSync(scriptFolder)
    .toSorted()
    .flatMap((file) => {
      const text = readFileSync(`${scriptFolder}/${file}`, 'utf8');
      const packages = declaredPackages(text);
      if (packages.length === 0) return [];
      const language = file.endsWith('.py') ? ('python' as const) : ('node' as const);
      const name = file.replace(/\.(py|mjs)$/, '');
      return [{ name, path: `${scriptFolder}/${file}`, language, packages }];
    });
}

/**
 * The packages of a script's metadata: a comment block as Python's packaging specifies it ("Inline script metadata"), with `//` for `#`
 * in a script of Node.
 */
export function declaredPackages(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => line.replace(/^(?:#|\/\/) ?/, ''));
  const begin = lines.indexOf('/// script');
  const end = lines.indexOf('///', begin);
  if (begin < 0 || end < 0) return [];
  return lines
    .slice(begin + 1, end)
    .map((line) => /^\s*"([^"]+)",?$/.exec(line)?.[1])
    .filter((name) => name !== undefined);
}

/** The version that a package is pinned to; empty where it is not. */
export function pinOf(declared: string): { readonly name: string; readonly version: string } {
  const at = /^(.+?)(?:==|(?<=.)@)([^@=]+)$/.exec(declared);
  return { name: at?.[1] ?? declared, version: at?.[2] ?? '' };
}
