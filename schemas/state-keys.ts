import { blockPrefix, streamPrefix } from './span-numbers.ts';
import { windowPrefix, windowsFromKey } from './window-counts.ts';

/**
 * Keys of the enricher's committed state that others may look at (`EventLog.inspect`). Names are percent-encoded, so that no tenant or
 * producer can pose as another.
 */

/** The role under which the enricher owns its partitions. */
export const enricherRole = 'enricher';

/** The roles under which the ledger owns partitions of records, and the SIEM exporter its cursors over their logs. */
export const ledgerRole = 'ledger';
export const siemExporterRole = 'siem-exporter';

/** Where an accepted span ends: each in exactly one, and their counts sum to `accepted`. */
export const spanBuckets = [
  'hop',
  'ancestor',
  'inference',
  'housekeeping',
  'duplicate',
  'dead_letter',
  'open',
] as const;
export type SpanBucket = (typeof spanBuckets)[number];

/** A bucket, or the sum that the sender was told. */
export type SpanCount = SpanBucket | 'accepted';

export const countPrefix = 'count/';

/** Key of a count; its value is the decimal number as ASCII. */
export function countKey(tenant: string, producer: string, count: SpanCount): string {
  return `${countPrefix}${encodeURIComponent(tenant)}/${encodeURIComponent(producer)}/${count}`;
}

export function parseCountKey(
  key: string,
): { readonly tenant: string; readonly producer: string; readonly count: string } | undefined {
  const [prefix, tenant, producer, count] = key.split('/');
  if (`${prefix}/` !== countPrefix || !tenant || !producer || !count) return undefined;
  return { tenant: decodeURIComponent(tenant), producer: decodeURIComponent(producer), count };
}

/** Offset of the last registry event that was applied, decimal; absent before the first. */
export const registryOffsetKey = 'registry';

/** How often a log of leaves was taken over, JSON. A ledger that a signer refuses as fenced sees by it whether it was replaced. */
export const fenceKey = 'log/fence';

/** What of an owner's state others may see, wherever the log keeps it; the rest is read by its owner alone. */
export function isShown(key: string): boolean {
  const single = [registryOffsetKey, windowsFromKey, auditKey, fenceKey, archiveKey];
  if (single.includes(key)) return true;
  return shownPrefixes.some((prefix) => key.startsWith(prefix));
}

/** One run of a collector: `<16 hex digits>`; each numbers what it appends, a tenant, producer and partition. */
export const runPrefix = 'run/';

export function runsOf(tenant: string): string {
  return `${runPrefix}${encodeURIComponent(tenant)}/`;
}

export function runKey(tenant: string, producer: string, run: string): string {
  return `${runsOf(tenant)}${encodeURIComponent(producer)}/${run}`;
}

export function parseRunKey(
  key: string,
): { readonly producer: string; readonly run: string } | undefined {
  const [prefix, , producer, run] = key.split('/');
  if (`${prefix}/` !== runPrefix || !producer || !run) return undefined;
  return { producer: decodeURIComponent(producer), run };
}

/** Milliseconds since the epoch of a producer's last spans and heartbeat; 0 for never. */
export function parseHeard(value: Uint8Array | undefined): {
  readonly spansMs: number;
  readonly beatMs: number;
} {
  const text = value === undefined ? '' : Buffer.from(value).toString('latin1');
  const [spansMs = 0, beatMs = 0] = /^\d{1,15},\d{1,15}$/.test(text)
    ? text.split(',').map(Number)
    : [];
  return { spansMs, beatMs };
}

/** When a producer was last heard of, by its spans and by its heartbeats. */
export const heardPrefix = 'heard/';

export function heardOf(tenant: string): string {
  return `${heardPrefix}${encodeURIComponent(tenant)}/`;
}

export function heardKey(tenant: string, producer: string): string {
  return `${heardOf(tenant)}${encodeURIComponent(producer)}`;
}

export const anchorPrefix = 'anchor/';

const shownPrefixes = [
  countPrefix,
  anchorPrefix,
  windowPrefix,
  streamPrefix,
  blockPrefix,
  runPrefix,
  heardPrefix,
];

/** The role under which the ledger keeps how far each anchor has come. */
export const anchorRole = 'ledger-anchors';

/** How far one anchor has come: what it holds of the meta log, and what is wrong with it. */
export type AnchorProgress = {
  /** Size of the newest head that it keeps; 0 before the first. */
  readonly size: number;
  /** Size of the newest signed head at the last look. */
  readonly offered: number;
  /** When it took it, and when it was last tried; milliseconds since the epoch, 0 for never. */
  readonly keptAtMs: number;
  readonly triedAtMs: number;
  /** In a row. */
  readonly failures: number;
  /** The last error's code; null while it takes what it is given. */
  readonly trouble: string | null;
};

/** The role under which a log that is owned as `role` is archived, and the key of how far that has come. */
export function archiveRoleOf(role: string): string {
  return `${role}-archive`;
}
export const archiveKey = 'archive/progress';

/** The role under which the auditor keeps how far it has come, and the key of that. */
export const auditorRole = 'ledger-auditor';
export const auditKey = 'audit/progress';

/** What the auditor has done since its first start, and what is wrong with it. */
export type AuditProgress = {
  /** End of the last round, milliseconds since the epoch. */
  readonly atMs: number;
  readonly rounds: number;
  /** Leaves and rows that were read again. */
  readonly leaves: number;
  readonly rows: number;
  /** Findings that were told; each is told once. */
  readonly findings: number;
  /** Why the last round could not be finished; null where it could. */
  readonly trouble: string | null;
};

/** Undefined for bytes that are no progress. */
export function parseAuditProgress(value: Uint8Array): AuditProgress | undefined {
  try {
    const told: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
    return isAuditProgress(told) ? told : undefined;
  } catch {
    return undefined;
  }
}

function isAuditProgress(told: unknown): told is AuditProgress {
  return hasNumbers(told, ['atMs', 'rounds', 'leaves', 'rows', 'findings']);
}

/** Key of an anchor's progress. */
export function anchorKey(name: string): string {
  return `${anchorPrefix}${name}`;
}

/** Undefined for bytes that are no progress. */
export function parseAnchorProgress(value: Uint8Array): AnchorProgress | undefined {
  try {
    const told: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
    return isProgress(told) ? told : undefined;
  } catch {
    return undefined;
  }
}

function isProgress(told: unknown): told is AnchorProgress {
  return hasNumbers(told, ['size', 'offered', 'keptAtMs', 'triedAtMs', 'failures']);
}

/** Whether all of these are whole numbers, and `trouble` a text or null. */
function hasNumbers(told: unknown, numbers: readonly string[]): boolean {
  if (typeof told !== 'object' || told === null) return false;
  const fields: Readonly<Record<string, unknown>> = { ...told };
  const { trouble } = fields;
  return (
    numbers.every((name) => Number.isSafeInteger(fields[name])) &&
    (trouble === null || typeof trouble === 'string')
  );
}
