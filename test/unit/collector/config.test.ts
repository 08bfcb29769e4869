import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { collectorConfigSchema, parseCollectorConfig } from '../../../collector/config.ts';
import { collectorErrors } from '../../../collector/errors.ts';
import { grpcCodeOf } from '../../../collector/grpc-status.ts';
import { httpStatusOf } from '../../../collector/http-status.ts';
import { metricsCatalogue } from '../../../collector/metrics.ts';

const readme = readFileSync('collector/README.md', 'utf8');
const reference = readFileSync('docs/collector-reference.md', 'utf8');

function rows(heading: string): readonly (readonly string[])[] {
  const section = reference.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

describe('configuration', () => {
  it('tells all mistakes together', () => {
    const parse = (): unknown =>
      parseCollectorConfig({ otlpHttpPort: 70_000, partitions: 0, unknown: 1 });
    expect(parse).toThrow(/masterKeyFile.*credentialsFile/);
    expect(parse).toThrow(/otlpHttpPort/);
    expect(parse).toThrow(/partitions/);
    expect(parse).toThrow(/unknown/);
  });

  it('has every knob in the reference, with its default and meaning, and no other', () => {
    const defaults = parseCollectorConfig({
      logDirectory: '–',
      masterKeyFile: '–',
      credentialsFile: '–',
    });
    const expected = Object.entries(collectorConfigSchema.shape).map(([knob, schema]) => [
      knob,
      String(Reflect.get(defaults, knob) ?? '–'),
      schema.description,
    ]);
    expect(rows('Configuration')).toEqual(expected);
  });

  it('has every error in the reference, with its statuses and what to do, and no other', () => {
    const expected = Object.entries(collectorErrors).map(([code, { retryable, todo }]) => [
      code,
      String(Reflect.get(httpStatusOf, code)),
      String(Reflect.get(grpcCodeOf, code)),
      retryable ? 'retryable' : 'permanent',
      todo.replaceAll('`', ''),
    ]);
    expect(rows('Errors')).toEqual(expected);
  });

  it('has every metric in the reference, and no other', () => {
    const expected = Object.entries(metricsCatalogue).map(([name, { type, help }]) => [
      name,
      type,
      help,
    ]);
    expect(rows('Metrics')).toEqual(expected);
  });

  it('says in the README where the reference is', () => {
    expect(readme).toContain('docs/collector-reference.md');
  });
});
