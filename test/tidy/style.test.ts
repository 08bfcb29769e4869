import { describe, expect, it } from 'vitest';
import { sourceFiles } from './source-files.ts';

/**
 * Escape hatches that are truly right, each with its reason: `path: what` → why. Everything else stands at zero.
 */
const allowedHatches: ReadonlyMap<string, string> = new Map([
  [
    'integrity/canonical-json.ts: oxlint-disable',
    'The pattern looks for the control characters that JSON must escape; naming them is its purpose.',
  ],
]);

const generated = new Set(['schemas/record-types.ts']);
const files = sourceFiles().filter(({ path }) => !generated.has(path));
const ours = files.filter(({ path }) => path !== 'test/tidy/style.test.ts');

describe('style', () => {
  it('has no escape hatch that is not listed with its reason', () => {
    const patterns = [
      /\bas any\b/,
      /@ts-(?:ignore|expect-error|nocheck)/,
      /(?:ox|es)lint-disable/,
      /prettier-ignore/,
      /\b(?:it|test|describe)\.(?:skip|todo|only|fails)\b/,
    ];
    const found = ours.flatMap(({ path, text }) =>
      patterns.flatMap((pattern) => {
        const hit = pattern.exec(text)?.[0];
        return hit && !allowedHatches.has(`${path}: ${hit}`) ? [`${path}: ${hit}`] : [];
      }),
    );
    expect(found).toEqual([]);
  });

  it('keeps files short enough to read', () => {
    const long = ours
      .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
      .filter(({ path, lines }) => lines > (path.startsWith('test/') ? 500 : 300))
      .map(({ path, lines }) => `${path}: ${lines} lines`);
    expect(long).toEqual([]);
  });

  it('names files for one idea', () => {
    const vague = /(?:^|\/)(?:utils?|helpers?|common|misc|index)(?:\.|\/)/;
    expect(ours.filter(({ path }) => vague.test(path)).map(({ path }) => path)).toEqual([]);
    const kebab = /^[a-z0-9./-]+$/;
    expect(ours.filter(({ path }) => !kebab.test(path)).map(({ path }) => path)).toEqual([]);
  });

  it('has no default export outside a tool configuration', () => {
    const wrong = ours
      .filter(({ path, text }) => /\bexport default\b/.test(text) && !path.endsWith('.config.ts'))
      .map(({ path }) => path);
    expect(wrong).toEqual([]);
  });

  it('reads the environment only where configuration is read', () => {
    const homes = ['cli/', 'test/', 'bench/', 'scripts/', 'demo/'];
    const wrong = ours
      .filter(({ path }) => !homes.some((home) => path.startsWith(home)))
      .filter(({ text }) => /process\.env\b/.test(text))
      .map(({ path }) => path);
    expect(wrong).toEqual([]);
  });

  it('names a test for behaviour, never for a number in a tracker', () => {
    const named = /\b(?:it|test)\(\s*['"`][^'"`]*(?:#\d+|\bissue\b|\bbug \d)/i;
    expect(ours.filter(({ text }) => named.test(text)).map(({ path }) => path)).toEqual([]);
  });
});
