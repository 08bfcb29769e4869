import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { capturedRecords, writtenRecords } from '../../scripts/emitter-records.ts';
import { renderEmitters } from '../../scripts/render-emitters.ts';
import { renderRecordTypes } from '../../scripts/render-record-types.ts';
import { readTranscripts } from '../unit/enricher/transcript.ts';
import { trackedFiles } from './source-files.ts';

type Manifest = {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

const markdown = trackedFiles().filter((path) => path.endsWith('.md'));

describe('documents', () => {
  it('has the pages that a reader looks for', () => {
    const pages = ['README', 'ARCHITECTURE', 'CONTRIBUTING', 'CHANGELOG', 'SECURITY'];
    expect(pages.filter((page) => !existsSync(`${page}.md`))).toEqual([]);
    expect(existsSync('LICENSE')).toBe(true);
  });

  it('gives a row to every runtime dependency, and none to what is gone', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
    const page = readFileSync('docs/dependencies.md', 'utf8');
    const rows = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '');
    expect(rows.toSorted()).toEqual(Object.keys(manifest.dependencies).toSorted());
  });

  it('pins every dependency to one version and carries no download address', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
    const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter((version) => !/^\d/.test(version))).toEqual([]);
    expect(readFileSync('package-lock.json', 'utf8')).not.toMatch(/"resolved": "http/);
  });

  it('says of each emitter what its tests obtain', () => {
    const page = renderEmitters(capturedRecords(), writtenRecords());
    expect(readFileSync('docs/emitters.md', 'utf8')).toBe(page);
  });

  it('lists every situation of which the outcome is tested, and no other', () => {
    const page = readFileSync('docs/outcomes.md', 'utf8');
    const [, listed = ''] = page.split(/^## /m);
    const rows = [...listed.matchAll(/^\| ([^|]+?) +\|/gm)].map((match) => match[1] ?? '');
    const tested = readTranscripts('test/golden/enricher/conformance.yaml').map(
      ({ title }) => title,
    );
    expect(rows.slice(2)).toEqual(tested);
  });

  it('names the test of each hard case, A1 to G5, and only tests that are there', () => {
    const page = readFileSync('docs/cases.md', 'utf8');
    const rows = [...page.matchAll(/^\| ([A-G]\d+b?) +\| [^|]+\| ([GU]) `([^`]+)`: (.+?) +\|$/gm)];
    const counted = [8, 10, 10, 8, 5, 8, 5].flatMap((count, group) =>
      Array.from({ length: count }, (_, index) => `${'ABCDEFG'[group] ?? ''}${index + 1}`),
    );
    // A case may have several rows, one behind the other.
    const cases = new Set(rows.map((row) => row[1]).filter((id) => id !== 'B6b'));
    expect([...cases]).toEqual(counted);
    const missing = rows.filter(([, , kind, file = '', title = '']) => {
      const folder = kind === 'G' ? 'test/golden/enricher' : 'test/unit';
      return !readFileSync(`${folder}/${file}`, 'utf8').includes(title);
    });
    expect(missing.map((row) => row[0])).toEqual([]);
  });

  it('links only to files that are there', () => {
    const broken = markdown.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)]
        .map((match) => posix.join(posix.dirname(path), match[1] ?? ''))
        .filter((target) => !existsSync(target))
        .map((target) => `${path} -> ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('numbers decisions densely', () => {
    const numbers = readdirSync('docs/decisions')
      .map((name) => Number(/^(\d{4})-/.exec(name)?.[1]))
      .filter((number) => !Number.isNaN(number))
      .toSorted((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  it('has types of the records that are not stale', () => {
    expect(readFileSync('schemas/record-types.ts', 'utf8')).toBe(renderRecordTypes());
  });
});
