import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

type Summary = {
  readonly complete: boolean;
  readonly problems: readonly string[];
  readonly calls: readonly { readonly record: Readonly<Record<string, unknown>> | null }[];
  readonly scenes: Readonly<Record<string, string>>;
  readonly traces: Readonly<Record<string, { readonly names: Readonly<Record<string, string>> }>>;
  readonly charges: {
    readonly charges: readonly {
      readonly group: Readonly<Record<string, string | null>>;
      readonly amounts: readonly { readonly amountNano: string; readonly currency: string }[];
      readonly quantities: readonly { readonly unit: string; readonly unpriced: string }[];
    }[];
  };
};

// Written by hand from what the agents do, scene by scene; `demo/playbill.ts` is checked by it and not used here.
const expected = [
  'ana@example.com declared | refund-assistant → orders › get_order | success | declared',
  'ana@example.com declared | refund-assistant → orders › refund_order | success | declared',
  'ana@example.com declared | refund-assistant → orders › refund_order | tool_error | declared',
  'ben@example.com gateway | refund-assistant → everything › get-sum | success | declared',
  'ben@example.com gateway | refund-assistant → everything › get-env | denied | declared',
  'chloe@example.com declared | paper-reader → filesystem › read_text_file | success | declared',
  'chloe@example.com declared | research-planner → filesystem › list_directory | success | declared',
  'chloe@example.com declared | research-planner → everything › trigger-long-running-operation | timed_out | declared',
  'chloe@example.com declared | research-planner → everything › simple-prompt | success | declared',
  'chloe@example.com declared | research-planner → everything › demo://resource/static/document/features.md | success | declared',
  'chloe@example.com declared | research-planner → everything › trigger-sampling-request | success | declared',
  'dana@example.com declared | ops-runner → memory › create_entities | success | declared',
  'nobody unknown | nightly-sync → memory › read_graph | success | unknown',
];

describe('the demo', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-demo-'));
  let summary: Summary;
  let exitCode: number | null;
  let complaints = '';

  beforeAll(async () => {
    const child = spawn(
      process.execPath,
      ['cli/main.ts', 'demo', '--once', '--json', '--data-dir', folder],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const ended = once(child, 'exit');
    const [printed, said] = await Promise.all([text(child.stdout), text(child.stderr)]);
    await ended;
    exitCode = child.exitCode;
    complaints = said;
    const line = printed.trim().split('\n').at(-1);
    if (!line) throw new Error(`the demo printed nothing:\n${said}`);
    summary = JSON.parse(line);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('ends by itself, content with what it sees', () => {
    expect(summary.problems).toEqual([]);
    expect(summary.complete).toBe(true);
    expect(exitCode, complaints).toBe(0);
  });

  it('records every call with its user, agent, server, outcome and grade', () => {
    expect(summary.calls.map(({ record }) => lineOf(record ?? {})).sort()).toEqual(
      [...expected].sort(),
    );
  });

  it('says by what a call was denied, and through which gateway', () => {
    const denied = recordOf('get-env');
    expect(denied['deniedBy']).toBe('policy');
    expect(denied['gateway']).toBe('policy-gateway');
  });

  it('folds client, gateway and server into one call', () => {
    expect(recordOf('get-sum')['hops']).toBe(4);
    expect(recordOf('get_order')['hops']).toBe(2);
    expect(recordOf('create_entities')['hops']).toBe(1);
  });

  it('revises a call whose parent came minutes after it', () => {
    expect(Number(recordOf('create_entities')['revision'])).toBeGreaterThan(0);
  });

  it('names the agent that delegated to a sub-agent', () => {
    expect(recordOf('read_text_file')['parentAgent']).toBe('research-planner');
  });

  it('charges each team what its tokens and calls cost, and no more', () => {
    const byTeam = new Map(
      summary.charges.charges.map(({ group, amounts }) => [
        group['team'],
        amounts.map(({ amountNano, currency }) => `${amountNano} ${currency}`),
      ]),
    );
    // payments: (396+586)×2 and 980×2 fresh, 2048×2 cached, (85+140)×2 and 60×2 out at 3, 0.3, 15 USD a million; three calls at 0.002.
    expect(byTeam.get('payments')).toEqual(['27550800 USD']);
    // research: 640+1900+300+120 in, 45+400+20+18 out at 0.15 and 0.60 USD a million; the model without a price adds nothing.
    expect(byTeam.get('research')).toEqual(['733800 USD']);
    // platform: 2200 in, 160 out at 1 and 5 USD a million.
    expect(byTeam.get('platform')).toEqual(['3000000 USD']);
  });

  it('shows tokens without a price as unpriced', () => {
    const research = summary.charges.charges.find(({ group }) => group['team'] === 'research');
    const unpriced = research?.quantities.map((quantity) => Number(quantity.unpriced)) ?? [];
    expect(Math.max(...unpriced)).toBe(5_510);
  });

  function recordOf(tool: string): Readonly<Record<string, unknown>> {
    const found = summary.calls.find(({ record }) => record?.['tool'] === tool)?.record;
    if (!found) throw new Error(`no record of ${tool}`);
    return found;
  }

  function lineOf(record: Readonly<Record<string, unknown>>): string {
    const names = Object.assign({}, ...Object.values(summary.traces).map((trace) => trace.names));
    const { user, userGrade, agent, server, tool, prompt, resource, outcome, grade } = record;
    const who = typeof user === 'string' ? names[user] : 'nobody';
    const what = [tool, prompt, resource].find((target) => typeof target === 'string');
    return `${who} ${String(userGrade)} | ${String(agent)} → ${String(server)} › ${what ?? ''} | ${String(outcome)} | ${String(grade)}`;
  }
});
