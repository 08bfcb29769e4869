import { readBackupKey } from '../backup/backup-folder.ts';
import { restoreBackup } from '../backup/restore-backup.ts';
import { keepBackingUp } from '../backup/keep-backing-up.ts';
import type { TakenBackup } from '../backup/take-backup.ts';
import { takeBackup } from '../backup/take-backup.ts';
import type { Arguments, Command } from '../command.ts';
import { endOnSignal } from '../end-on-signal.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { whole } from '../render/figures.ts';
import { headFiles, readHeadFile } from '../head-files.ts';

/** Spans live no longer than that in a backup: an erasure's receipt counts on it. */
const KEEP_HOURS_MAX = 24;

/** So that no more than an hour is lost with a disk. */
const EVERY_MINUTES_MAX = 60;

const keyOption = {
  type: 'string',
  value: 'FILE',
  means: 'file with the key of these backups, 64 hex digits, mode 0600 (needed)',
} as const;

/** Copies log and keys of a data directory, in use or not, encrypted. */
export const backupCommand: Command = {
  name: 'backup',
  summary: 'back up a data directory, in use or not: log and keys, encrypted',
  positionals: [],
  options: {
    'data-dir': { type: 'string', value: 'DIR', means: 'what to back up (./waybill-data)' },
    to: {
      type: 'string',
      value: 'DIR',
      means: 'folder of the backups; made when missing (needed)',
    },
    'backup-key': {
      ...keyOption,
      means: `${keyOption.means}; made when missing: keep it elsewhere`,
    },
    'keep-hours': {
      type: 'string',
      value: 'N',
      means: `older backups go (${KEEP_HOURS_MAX}, which is the most)`,
    },
    every: {
      type: 'string',
      value: 'MINUTES',
      means: `goes on, with a backup every so many minutes, at most ${EVERY_MINUTES_MAX}`,
    },
    json: { type: 'boolean', means: 'what was taken, as JSON' },
  },
  examples: [
    'waybill backup --to /mnt/backup --backup-key /root/backup.key',
    'waybill backup --to /mnt/backup --backup-key /root/backup.key --every 30',
  ],
  async run(given, terminal) {
    const folder = needed(given, 'backup', 'to');
    const key = await readBackupKey(needed(given, 'backup', 'backup-key'), true);
    const dataDirectory = given.text('data-dir') ?? 'waybill-data';
    const keepHours = hoursOf(given);
    const everyMs = everyOf(given);
    const order = { dataDirectory, folder, key, keepHours, clock: Date.now };
    const taken = (backup: TakenBackup): void =>
      terminal.out(given.flag('json') ? JSON.stringify(backup) : toldOf(backup));
    if (everyMs === undefined) taken(await takeBackup(order));
    else {
      const end = new AbortController();
      void endOnSignal(terminal).then(() => end.abort());
      const failed = (sentence: string): void => terminal.note(sentence);
      await keepBackingUp(async () => takeBackup(order), everyMs, end.signal, { taken, failed });
    }
    return exitCodes.ok;
  },
};

/** Makes a data directory of a backup. */
export const restoreCommand: Command = {
  name: 'restore',
  summary: 'make a data directory of a backup; what was erased since stays erased',
  positionals: [],
  options: {
    from: { type: 'string', value: 'DIR', means: 'folder of the backups (needed)' },
    'data-dir': { type: 'string', value: 'DIR', means: 'what to make; must be empty (needed)' },
    'backup-key': keyOption,
    at: {
      type: 'string',
      value: 'TIME',
      means: 'the newest backup not after it, e.g. 2026-01-31T12:00:00Z',
    },
    head: {
      type: 'string',
      value: 'FILE',
      multiple: true,
      means: 'a signed head that was kept elsewhere: shows what is lost',
    },
    anchors: {
      type: 'string',
      value: 'DIR',
      means: 'a folder of kept heads, as an anchor fills it',
    },
    'accept-loss': { type: 'boolean', means: 'go on where heads show that leaves are lost' },
    json: { type: 'boolean', means: 'what was restored, as JSON' },
  },
  examples: ['waybill restore --from /mnt/backup --data-dir waybill-new --backup-key backup.key'],
  async run(given, terminal) {
    const folder = needed(given, 'restore', 'from');
    const dataDirectory = needed(given, 'restore', 'data-dir');
    const key = await readBackupKey(needed(given, 'restore', 'backup-key'), false);
    const kept = given.text('anchors');
    const files = [
      ...given.texts('head'),
      ...(kept === undefined ? [] : headFiles('restore', kept)),
    ];
    const heads = files.map((file) => readHeadFile('restore', file));
    const acceptLoss = given.flag('accept-loss');
    const order = { folder, key, dataDirectory, atMs: timeOf(given), heads, acceptLoss };
    const restored = await restoreBackup({ ...order, clock: Date.now });
    if (given.flag('json')) terminal.out(JSON.stringify(restored));
    else {
      const { timeMs, logs, before, after, carried, lost } = restored;
      const leaves = logs.reduce((sum, { size }) => sum + size, 0);
      terminal.out(
        [
          `Restored as of ${new Date(timeMs).toISOString()}: ${whole(leaves)} sealed leaves, signed from now on as ${after} (before: ${before}).`,
          `${carried} erasures, holds and policies of later were carried over; ${lost.length === 0 ? 'no leaf is known to be lost' : 'leaves are lost, as the log will tell'}.`,
          `Next: waybill up --data-dir ${dataDirectory}, which makes the record store of the log; then waybill audit.`,
        ].join('\n'),
      );
    }
    return exitCodes.ok;
  },
};

function toldOf({ file, bytes, dropped, timeMs }: TakenBackup): string {
  const told = `${file}: ${whole(bytes)} bytes, as of ${new Date(timeMs).toISOString()}.`;
  return dropped > 0 ? `${told}\n${dropped} older ones went.` : told;
}

function everyOf(given: Arguments): number | undefined {
  const text = given.text('every');
  if (text === undefined) return undefined;
  const minutes = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (minutes >= 1 && minutes <= EVERY_MINUTES_MAX) return minutes * 60_000;
  throw new CommandFailure(
    'usage',
    `waybill backup: --every ${text} is not 1 to ${EVERY_MINUTES_MAX} minutes: what came since the last backup is what a loss costs.`,
  );
}

function hoursOf(given: Arguments): number {
  const text = given.text('keep-hours');
  if (text === undefined) return KEEP_HOURS_MAX;
  const hours = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (hours >= 1 && hours <= KEEP_HOURS_MAX) return hours;
  throw new CommandFailure(
    'usage',
    `waybill backup: --keep-hours ${text} is not 1 to ${KEEP_HOURS_MAX}: what is erased must be gone from every copy in time.`,
  );
}

function timeOf(given: Arguments): number {
  const text = given.text('at');
  if (text === undefined) return Infinity;
  const timeMs = /^\d{4}-\d\d-\d\dT[\d:.]{5,12}Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(timeMs)) return timeMs;
  throw new CommandFailure('usage', `waybill restore: --at ${text} is no time in UTC.`);
}

function needed(given: Arguments, command: string, option: string): string {
  const text = given.text(option);
  if (text !== undefined) return text;
  throw new CommandFailure('usage', `waybill ${command}: --${option} is needed.`);
}
