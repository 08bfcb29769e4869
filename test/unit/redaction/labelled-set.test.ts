import { readFileSync } from 'node:fs';
import { stdnum } from 'stdnum';
import { describe, expect, it } from 'vitest';
import { f2, precision, recall, score, typedF2 } from '../../../bench/redaction-score.ts';
import { mulberry32 } from '../../../bench/seeded.ts';
import { redactText } from '../../../redaction/redact-text.ts';
import type { Case } from '../../golden/redaction/labelled-case.ts';
import { makeCases } from '../../golden/redaction/make-cases.ts';
import { iban, nationalIds } from '../../golden/redaction/valid-ids.ts';

function readCases(part: string): readonly Case[] {
  const lines = readFileSync(`test/golden/redaction/${part}.jsonl`, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Case);
}

const parts = ['development', 'held-out', 'hand-written', 'foreign', 'foreign-held-out'];

describe('the labelled set of redaction', () => {
  it('is what its script makes', () => {
    const made = makeCases('development', mulberry32(20_261), 1000);
    expect(readCases('development')).toEqual(made);
  });

  it('has spans that lie in their texts and do not overlap', () => {
    const cases = parts.flatMap(readCases);
    const wrong = cases.filter(({ text, spans }) =>
      spans.some(
        ({ start, end }, at) =>
          start >= end || end > text.length || start < (spans[at - 1]?.end ?? 0),
      ),
    );
    expect(wrong.map(({ id }) => id)).toEqual([]);
    expect(cases.length).toBeGreaterThan(1500);
  });

  // The validators of python-stdnum's port: another implementation of the same rules.
  it.each([
    ['de', stdnum['DE']?.['idnr']],
    ['fr', stdnum['FR']?.['nir']],
    ['es', stdnum['ES']?.['dni']],
    ['it', stdnum['IT']?.['codicefiscale']],
    ['pt', stdnum['PT']?.['nif']],
    ['br', stdnum['BR']?.['cpf']],
    ['nl', stdnum['NL']?.['bsn']],
    ['pl', stdnum['PL']?.['pesel']],
    ['se', stdnum['SE']?.['personnummer']],
    ['fi', stdnum['FI']?.['hetu']],
    ['no', stdnum['NO']?.['fodselsnummer']],
    ['tr', stdnum['TR']?.['tckimlik']],
    ['in', stdnum['IN']?.['aadhaar']],
    ['cn', stdnum['CN']?.['ric']],
    ['ro', stdnum['RO']?.['cnp']],
    ['au', stdnum['AU']?.['tfn']],
    ['cl', stdnum['CL']?.['rut']],
    ['ca', stdnum['CA']?.['sin']],
  ])('has ids of %s that another implementation accepts', (country, validator) => {
    const random = mulberry32(5);
    const ids = Array.from({ length: 20 }, () => nationalIds[country]?.make(random) ?? '');
    expect(
      ids.filter((id) => validator?.validate(id.replaceAll('.', '')).isValid !== true),
    ).toEqual([]);
  });

  it('has IBANs whose remainder is one', () => {
    const random = mulberry32(6);
    const rests = Array.from({ length: 20 }, () => {
      const text = iban(random).replaceAll(' ', '');
      const numeric = Array.from(text.slice(4) + text.slice(0, 4), (one) => parseInt(one, 36)).join(
        '',
      );
      return Number(BigInt(numeric) % 97n);
    });
    expect(new Set(rests)).toEqual(new Set([1]));
  });

  // Floors, well below what is measured: `npm run bench:redaction` prints the figures.
  it.each(['development', 'hand-written'])(
    'is found in its %s part',
    { timeout: 60_000 },
    async (part) => {
      const own = await score(readCases(part), (text) => redactText(text).receipts);
      const [p, r] = [precision(own.any), recall(own.any)];
      expect(f2(p, r)).toBeGreaterThan(0.94);
      expect(typedF2(own)).toBeGreaterThan(0.92);
      expect(own.leaked).toBeLessThan(0.04);
      expect(own.falsePerThousand).toBeLessThan(0.2);
    },
  );
});
