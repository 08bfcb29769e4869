import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { capturedEmitters } from '../../emitters/captures.ts';
import { alwaysSaid, readExpectation, summarise } from '../../emitters/expected-calls.ts';
import type { Expectation } from '../../emitters/expected-calls.ts';
import { recordsOfCapture } from './run-capture.ts';

describe('captures of real emitters', () => {
  for (const name of capturedEmitters()) {
    it(`tells what ${name} did: every call once, and what cannot be known as unknown`, () => {
      const expected = readExpectation(name);
      expect(told(name, expected)).toEqual(expected);
    });
  }

  it('are each expected in full: by whom, which agent, server and tool, with what, and what became of it', () => {
    const incomplete = capturedEmitters().flatMap((name) =>
      readExpectation(name).calls.flatMap((call, index) =>
        alwaysSaid.filter((key) => !(key in call)).map((key) => `${name} call ${index}: ${key}`),
      ),
    );
    expect(incomplete).toEqual([]);
  });

  it('each have the script that made them', () => {
    const scripts = (name: string) =>
      ['py', 'mjs'].some((language) => existsSync(`test/emitters/scripts/${name}.${language}`));
    expect(capturedEmitters().filter((name) => !scripts(name))).toEqual([]);
  });
});

function told(name: string, expected: Expectation): Expectation {
  return summarise(recordsOfCapture(name), expected);
}
