import { describe, expect, it } from 'vitest';
import { leafHash } from '../../../integrity/merkle.ts';
import type { RangeLeaf } from '../../../integrity/range-file.ts';
import { InputError } from '../../../verifier/input-error.ts';
import { exitCodeOf } from '../../../verifier/report.ts';
import { renderReport } from '../../../verifier/render-report.ts';
import { verifyExport } from '../../../verifier/verify-export.ts';
import {
  EVIDENCE_POLICY,
  LogMaker,
  asLines,
  commitmentOf,
  fieldOf,
  rangeOf,
} from '../../support/made-evidence.ts';

const SIZE = 40;
const log = madeLog();
const origin = log.origin;

describe('an exported range', () => {
  it('is valid, whole or from any leaf on', async () => {
    for (const first of [0, 1, 7, 8, 39]) {
      const report = await verify([await rangeOf(log, first)]);
      expect(report.findings).toEqual([]);
      expect(exitCodeOf(report)).toBe(0);
    }
    const whole = await verify([await rangeOf(log)]);
    // 40 leaves and the arguments of every fifth.
    expect(whole.counts).toEqual(counts({ VALID: 48 }));
    expect(renderReport(whole)).toEqual([
      `40 leaves from 0 on are under size 40 of ${origin}`,
      'Leaves and values: 48/48 valid, 0/48 INVALID, 0 redacted, 0 out of retention, 0 missing.',
      'VALID',
    ]);
  });

  it('is valid with the leaves of other tenants withheld', async () => {
    const own = await rangeOf(log, 0, SIZE, (line) =>
      line.leaf?.includes('"tenant":"acme"') ? line : withoutLeaf(line),
    );
    const report = await verify([own]);
    expect(report.findings).toEqual([]);
    expect(report.counts.VALID).toBeLessThan(48);
    expect(exitCodeOf(report)).toBe(0);
  });

  it('names the leaf whose text was changed', async () => {
    const lines = await rangeOf(log, 0, SIZE, (line) =>
      line.index === 11 ? { ...line, leaf: line.leaf?.replace('"call"', '"cull"') ?? '' } : line,
    );
    const report = await verify([lines]);
    expect(report.findings).toEqual([
      {
        verdict: 'MISMATCH',
        reason: 'the leaf is not the one that was sealed: its hash is another',
        log: origin,
        index: 11,
      },
    ]);
    expect(exitCodeOf(report)).toBe(1);
    expect(renderReport(report)).toContain(
      `First failing: MISMATCH ${origin} leaf 11: the leaf is not the one that was sealed: its hash is another`,
    );
  });

  it('is invalid when a leaf was changed with its hash', async () => {
    const forged = madeLog((maker) => maker.record('intruder'), 11);
    const lines = await rangeOf(log, 0, SIZE, (line) =>
      line.index === 11
        ? { ...line, hash: at(forged.hashes, 11), leaf: at(forged.leaves, 11) }
        : line,
    );
    const report = await verify([lines]);
    expect(exitCodeOf(report)).toBe(1);
    expect(report.findings.some(({ reason }) => reason.includes('signed root'))).toBe(true);
  });

  it('is incomplete when a leaf in it or its tail is left out', async () => {
    const dropped = await rangeOf(log, 0, SIZE, (line) => (line.index === 11 ? undefined : line));
    const report = await verify([dropped]);
    expect(report.findings).toMatchObject([{ verdict: 'MISSING', log: origin, index: 11 }]);
    expect(exitCodeOf(report)).toBe(2);
    const cut = await verify([(await rangeOf(log)).slice(0, -3)]);
    expect(cut.findings).toMatchObject([{ verdict: 'MISSING', index: 37 }]);
    expect(exitCodeOf(cut)).toBe(2);
  });

  it('is invalid when leaves are swapped, doubled, inserted or renumbered', async () => {
    const [header = '', ...lines] = await rangeOf(log);
    const swapped = [header, ...lines.with(3, at(lines, 4)).with(4, at(lines, 3))];
    const doubled = [header, ...lines.slice(0, 5), at(lines, 4), ...lines.slice(5)];
    const inserted = [header, ...lines, at(lines, 4).replace('"index":4', '"index":40')];
    const renumbered = await rangeOf(log, 0, SIZE, (line) => {
      if (line.index === 3) return { ...line, hash: at(log.hashes, 4), leaf: at(log.leaves, 4) };
      if (line.index === 4) return { ...line, hash: at(log.hashes, 3), leaf: at(log.leaves, 3) };
      return line;
    });
    for (const changed of [doubled, inserted, renumbered]) {
      expect(exitCodeOf(await verify([changed]))).toBe(1);
    }
    expect(exitCodeOf(await verify([swapped]))).not.toBe(0);
  });

  it('is invalid when what lies in front of it was changed', async () => {
    const [header = '', ...lines] = await rangeOf(log, 8);
    const other = JSON.parse(header) as { before: string[] };
    other.before[0] = Buffer.from(at(log.hashes, 0)).toString('base64');
    const report = await verify([[JSON.stringify(other), ...lines]]);
    expect(report.findings.map(({ verdict }) => verdict)).toEqual(['MISMATCH']);
  });

  it('is invalid when its checkpoint was changed, incomplete when nobody known signed it', async () => {
    const [header = '', ...lines] = await rangeOf(log);
    const changed = header.replace(String.raw`\n40\n`, String.raw`\n41\n`);
    expect(exitCodeOf(await verify([[changed, ...lines]]))).toBe(1);
    const renamed = header.replaceAll('waybill-test/', 'waybill-else/');
    expect(exitCodeOf(await verify([[renamed, ...lines]]))).toBe(2);
  });

  it('is refused where a line is none of the format', async () => {
    const [header = '', ...lines] = await rangeOf(log);
    const wrong = ['', '{', '[]', '{"index":1}', '{"index":0.5,"hash":""}', header];
    for (const line of wrong) {
      const report = await verify([[header, ...lines.slice(0, 2), line]]);
      expect(exitCodeOf(report)).toBe(1);
    }
    for (const first of [...wrong.slice(0, 4), '{"format":"waybill-range@v1"}']) {
      expect(exitCodeOf(await verify([[first, ...lines]]))).toBe(1);
    }
    expect(exitCodeOf(await verify([[]]))).toBe(2);
    expect(exitCodeOf(await verify([]))).toBe(2);
  });
});

describe('the streams of a range', () => {
  it('miss a leaf that was withheld from its own tenant', async () => {
    const withheld = await rangeOf(log, 0, SIZE, (line) =>
      line.index === 12 ? withoutLeaf(line) : line,
    );
    const report = await verify([withheld]);
    expect(report.findings.map(({ verdict }) => verdict)).toEqual(['MISSING']);
    expect(report.findings[0]?.reason).toContain('of its stream are not here');
  });

  it('tell a sealer that chained wrongly', async () => {
    const first = log.leaves.findIndex((leaf, index) => index > 9 && leaf.includes('"prev"'));
    const leaf = at(log.leaves, first).replace(/"prev":"../, '"prev":"ff');
    const hashes = log.hashes.with(first, leafHash(Buffer.from(leaf)));
    const wrong = { ...log, hashes, leaves: log.leaves.with(first, leaf) };
    const report = await verify([await rangeOf(wrong)]);
    expect(report.findings[0]).toMatchObject({ verdict: 'MISMATCH', index: first });
    expect(report.findings[0]?.reason).toContain('another leaf as the one before');
  });
});

describe('an export of several ranges', () => {
  it('is valid where they fit, whatever their order', async () => {
    const parts = [await rangeOf(log, 25), await rangeOf(log, 0, 10), await rangeOf(log, 10, 25)];
    const report = await verify(parts);
    expect(report.findings).toEqual([]);
    expect(exitCodeOf(report)).toBe(0);
  });

  it('misses what lies between two of them', async () => {
    const report = await verify([await rangeOf(log, 0, 10), await rangeOf(log, 12)]);
    expect(report.findings).toMatchObject([{ verdict: 'MISSING', index: 10 }]);
    expect(report.findings[0]?.reason).toContain('leaves 10 to 11');
  });

  it('shows a fork', async () => {
    const fork = madeLog((maker) => maker.record('intruder'), 5);
    const report = await verify([await rangeOf(log, 0, 10), await rangeOf(fork, 10)]);
    expect(report.findings.at(-1)?.reason).toContain('a fork');
    expect(exitCodeOf(report)).toBe(1);
  });

  it('shows a fork whose ranges do not touch: two trees of one size, from one beginning or from another', async () => {
    const fork = madeLog((maker) => maker.record('intruder'), 5);
    for (const pair of [
      [await rangeOf(log), await rangeOf(fork)],
      [await rangeOf(log), await rangeOf(fork, 20)],
      [await rangeOf(log, 30), await rangeOf(fork, 30)],
      [await rangeOf(fork, 20), await rangeOf(log, 0, 20)],
    ]) {
      const report = await verify(pair);
      expect(report.findings.at(-1)?.reason).toContain('a fork');
      expect(exitCodeOf(report)).toBe(1);
    }
  });

  it('is not taken for whole where ranges overlap and no seam tells that they agree', async () => {
    const fork = madeLog((maker) => maker.record('intruder'), 5);
    const forked = await verify([await rangeOf(log, 0, 20), await rangeOf(fork, 10)]);
    expect(exitCodeOf(forked)).toBe(2);
    expect(forked.findings).toMatchObject([{ verdict: 'INCOMPLETE', log: origin, index: 10 }]);
    const same = [await rangeOf(log, 0, 30), await rangeOf(log, 10, 30), await rangeOf(log, 30)];
    expect((await verify(same)).findings).toEqual([]);
  });

  it('is not called invalid for a leaf that a policy of keeping was applied, which names no range', async () => {
    const registry = new LogMaker('registry/p0/e0')
      .control('acme', 'retention_applied', { runId: 'r', part: 'payload', policyVersion: 3 })
      .control('acme', 'retention_applied', { runId: 's', part: 'payload', reason: 'no_policy' })
      .made();
    const report = await verify([await rangeOf(registry)]);
    expect(report.findings).toEqual([]);
    expect(exitCodeOf(report)).toBe(0);
  });

  it('stays invalid when a file cannot be read further on', async () => {
    const changed = await rangeOf(log, 0, SIZE, (line) =>
      line.index === 11 ? { ...line, leaf: 'changed' } : line,
    );
    async function* cutOff(): AsyncGenerator<string> {
      yield* await Promise.resolve(changed.slice(0, 20));
      throw new InputError('some.range', 'not text in UTF-8');
    }
    const report = await verifyExport({ policy: EVIDENCE_POLICY, ranges: [cutOff()] });
    expect(report.findings).toMatchObject([
      { verdict: 'MISMATCH', index: 11 },
      { verdict: 'INCOMPLETE', reason: 'some.range: not text in UTF-8' },
    ]);
    expect(exitCodeOf(report)).toBe(1);
  });

  it('tells erased values from lost ones by the leaves of another log', async () => {
    const values = fieldOf('rec-5', 'arguments', '{"n":5}');
    const commitment = commitmentOf('arguments', values.salt, values.value);
    const registry = new LogMaker('registry/p0/e0')
      .control('acme', 'redaction', {
        targets: [{ fields: [{ commitment, name: 'arguments' }], recordId: 'rec-5' }],
      })
      .control('acme', 'retention_applied', { first: 10, last: 12, log: 'records/p0/e0' })
      .made();
    const emptied = await rangeOf(log, 0, SIZE, (line) =>
      [5, 10, 15].includes(line.index) ? { ...line, fields: [] } : line,
    );
    for (const order of [
      [emptied, await rangeOf(registry)],
      [await rangeOf(registry), emptied],
    ]) {
      const report = await verify(order);
      expect(report.counts).toEqual(
        counts({ VALID: 47, VALID_REDACTED: 1, OUT_OF_RETENTION: 1, MISSING: 1 }),
      );
      expect(report.findings).toMatchObject([{ verdict: 'MISSING', log: origin, index: 15 }]);
    }
    expect((await verify([emptied])).counts.MISSING).toBe(3);
  });

  it('keeps the first findings and counts the others', async () => {
    const spoiled = await rangeOf(log, 0, SIZE, (line) => ({ ...line, leaf: `${line.leaf} ` }));
    const many = Array.from({ length: 3 }, () => spoiled);
    const report = await verify(many);
    expect(report.found.MISMATCH).toBe(120);
    expect(report.findings).toHaveLength(100);
    expect(renderReport(report)).toContain('… and 20 more');
  });

  it('shows what would steer a terminal as what it is', () => {
    const finding = { verdict: 'MISMATCH', reason: 'a\u001b[2J\u202eb\nc' } as const;
    const found = { MISMATCH: 1, MISSING: 0, INCOMPLETE: 0 };
    const report = { counts: counts({}), findings: [finding], found, facts: [] };
    expect(renderReport(report)[0]).toBe(
      String.raw`First failing: MISMATCH: a\u{1b}[2J\u{202e}b\u{a}c`,
    );
  });
});

/** 40 leaves of two tenants, every fifth with arguments; `other` makes one of them in another way. */
function madeLog(other?: (maker: LogMaker) => void, index = -1) {
  const maker = new LogMaker('records/p0/e0');
  for (let n = 0; n < SIZE; n += 1) {
    if (n === index) other?.(maker);
    else if (n % 5 === 0) maker.record('acme', { arguments: `{"n":${n}}` });
    else maker.record(n % 3 === 0 ? 'acme' : 'other');
  }
  return maker.made();
}

async function verify(ranges: readonly (readonly string[])[]) {
  return verifyExport({ policy: EVIDENCE_POLICY, ranges: ranges.map(asLines) });
}

function withoutLeaf({ index, hash }: RangeLeaf): RangeLeaf {
  return { index, hash };
}

function at<Item>(list: readonly Item[], index: number): Item {
  const item = list[index];
  if (item === undefined) throw new RangeError(`no item ${index}`);
  return item;
}

function counts(told: Partial<Record<string, number>>) {
  return { VALID: 0, VALID_REDACTED: 0, OUT_OF_RETENTION: 0, MISSING: 0, MISMATCH: 0, ...told };
}
