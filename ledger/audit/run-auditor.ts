import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { EventLog, NewMessage, Owner, StateChange } from '../../event-log/event-log.ts';
import { parsePolicy } from '../../integrity/policy.ts';
import { TILE_WIDTH } from '../../integrity/tile.ts';
import type { RecordStore } from '../../record-store/clickhouse.ts';
import { eventMessage } from '../../registry/event-message.ts';
import type { AuditProgress } from '../../schemas/state-keys.ts';
import { auditKey, parseAuditProgress } from '../../schemas/state-keys.ts';
import { traceWork } from '../../telemetry/trace-work.ts';
import { LedgerError } from '../errors.ts';
import { pause } from '../pause.ts';
import { registryLogId } from '../read-control.ts';
import { auditRange } from './audit-range.ts';
import { logsOf } from './audit-store.ts';
import { untilControlSigned } from './control-head.ts';
import type { Finding } from './findings.ts';
import { AuditDraft, findingMeanings } from './findings.ts';
import type { TrustedHead } from './log-audit.ts';
import type { KnownUsers } from './watch-store.ts';
import { watchCounts, watchGrants, watchHead, watchMutations } from './watch-store.ts';

export type AuditorParts = KnownUsers & {
  readonly log: Pick<EventLog, 'append' | 'range' | 'inspect'>;
  /** As a user that may select, and see mutations and grants. */
  readonly store: Pick<RecordStore, 'query'>;
  /** Text of the tlog-policy to believe. */
  readonly policy: () => Promise<string>;
  /** The tenant that findings are told to. */
  readonly tenant: string;
  /** What decides which ranges are read: nobody who can change the store is to know it. */
  readonly seed: string;
  readonly rangesEachRound: number;
  readonly everyMs: number;
  readonly clock: () => number;
};

/** Looks at the store round after round until the signal. What it finds is told once, as a control event that the ledger seals. */
export async function runAuditor(
  parts: AuditorParts,
  owner: Owner,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await traceWork({ name: 'waybill.auditor.round' }, async (traced) => {
      const { leaves, rows, findings } = await auditRound(parts, owner, signal);
      // Of all rounds so far.
      traced.tell({ 'waybill.leaves': leaves, 'waybill.rows': rows, 'waybill.findings': findings });
    });
    await pause(parts.everyMs, signal);
  }
}

/** One round: heads, counts, mutations, grants, and some ranges of leaves with all that is derived from them. */
export async function auditRound(
  parts: AuditorParts,
  owner: Owner,
  signal: AbortSignal,
): Promise<AuditProgress> {
  const before = readProgress(owner);
  const draft = new AuditDraft();
  const heads = new Map<string, TrustedHead>();
  let trouble: string | null = null;
  try {
    await look(parts, owner, { draft, heads, round: before.rounds, signal });
  } catch (error) {
    // A store that is away is looked at in the next round; what was found until then is told now.
    trouble = codeOf(error);
  }
  const report = draft.report();
  const fresh = newFindings(owner, report.findings).slice(0, TOLD_MAX);
  const progress = {
    atMs: parts.clock(),
    rounds: before.rounds + 1,
    leaves: before.leaves + report.leaves,
    rows: before.rows + report.rows,
    findings: before.findings + fresh.length,
    trouble,
  };
  const state: readonly StateChange[] = [
    { key: auditKey, value: json(progress) },
    ...[...heads].map(([logId, head]) => ({ key: headKey(logId), value: json(head) })),
    ...fresh.map((finding) => ({ key: knownKey(finding), value: json(progress.atMs) })),
  ];
  // Commit point: what was found is told, and known to be told. If we die before, the next round finds it again.
  await owner.commit({ positions: [], appends: fresh.map((one) => told(parts, one)), state });
  return progress;
}

/** Findings told in one round; the others come with the next. */
const TOLD_MAX = 50;

type Look = {
  readonly draft: AuditDraft;
  readonly heads: Map<string, TrustedHead>;
  readonly round: number;
  readonly signal: AbortSignal;
};

async function look(
  { log, store, policy, trustedUsers, userPrefix, seed, rangesEachRound }: AuditorParts,
  owner: Owner,
  { draft, heads, round, signal }: Look,
): Promise<void> {
  await watchGrants(store, draft, { trustedUsers, userPrefix });
  await watchMutations(store, draft);
  const keys = logsOf(parsePolicy(await policy()).logs.map(({ key }) => key));
  for (const [logId, own] of keys) {
    const last = readHead(owner, logId);
    const head = await watchHead(store, draft, { logId, keys: own, last });
    if (head !== undefined) heads.set(logId, head);
  }
  await watchCounts(store, draft, heads);
  const tiles = [...heads].flatMap(([logId, head]) =>
    head.size === 0 ? [] : [{ logId, head, tiles: Math.ceil(head.size / TILE_WIDTH) }],
  );
  const watch = { draft, heads, keys: keys.get(registryLogId) ?? [] };
  const controlHead = async () => untilControlSigned({ log, store, signal }, watch);
  const all = tiles.reduce((sum, one) => sum + one.tiles, 0);
  for (let at = 0; at < Math.min(rangesEachRound, all); at += 1) {
    let picked = pick(`${seed}/${round}/${at}`, all);
    for (const { logId, head, tiles: count } of tiles) {
      if (picked < count) {
        draft.take(await auditRange(store, { logId, tile: picked, head, controlHead }));
        break;
      }
      picked -= count;
    }
  }
}

function pick(seed: string, below: number): number {
  return createHash('sha256').update(seed).digest().readUIntBE(0, 6) % below;
}

function newFindings(owner: Owner, findings: readonly Finding[]): readonly Finding[] {
  const byKey = new Map(findings.map((finding) => [knownKey(finding), finding]));
  return [...byKey].flatMap(([key, finding]) => (owner.getState(key) ? [] : [finding]));
}

/** The finding as an event: codes, places and names of tables alone. */
function told({ tenant, clock }: AuditorParts, finding: Finding): NewMessage {
  const body = JSON.stringify({ ...finding, meaning: findingMeanings[finding.code] });
  const event = { eventId: randomUUID(), tenant, type: 'integrity_found' } as const;
  return eventMessage({ ...event, timeUs: clock() * 1000, actor: null, digest: null, body });
}

function readProgress(owner: Owner): AuditProgress {
  const none = { atMs: 0, rounds: 0, leaves: 0, rows: 0, findings: 0, trouble: null };
  const stored = owner.getState(auditKey);
  return (stored && parseAuditProgress(stored)) ?? none;
}

const headSchema = z.object({ size: z.number().int().min(0), root: z.string() });

function readHead(owner: Owner, logId: string): TrustedHead | undefined {
  const key = headKey(logId);
  const stored = owner.getState(key);
  if (stored === undefined) return undefined;
  try {
    return headSchema.parse(JSON.parse(Buffer.from(stored).toString('utf8')));
  } catch (cause) {
    throw new LedgerError('LEDGER_STATE_UNREADABLE', key, cause);
  }
}

function headKey(logId: string): string {
  return `audit/head/${logId}`;
}

function knownKey({ code, logId, at, detail }: Finding): string {
  const name = JSON.stringify([code, logId, at, detail]);
  return `audit/known/${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

// Whatever stands in the store, it ends no process: the auditor's is the ledger's, and who can change a row could end both.
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'LEDGER_DEFECT';
}
