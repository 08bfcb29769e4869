import { headOf } from '../anchors/anchor.ts';
import { AnchorError } from '../anchors/errors.ts';
import type { EventLog, Owner } from '../event-log/event-log.ts';
import type { AnchorProgress } from '../schemas/state-keys.ts';
import { anchorKey, anchorRole, parseAnchorProgress } from '../schemas/state-keys.ts';
import type { ScheduledAnchor } from './anchor-config.ts';
import type { LedgerMetrics } from './metrics.ts';
import { pause } from './pause.ts';

export type AnchoringParts = {
  readonly anchors: readonly ScheduledAnchor[];
  readonly log: Pick<EventLog, 'openOwner'>;
  readonly metrics: LedgerMetrics;
  /** Wait after a first failure; it doubles. */
  readonly retryFirstMs: number;
  readonly retryMsMax: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

/** Between two looks for a newer head, milliseconds. */
const LOOK_MS = 250;

/**
 * Gives the newest signed head of the meta log to every anchor, each on its own schedule and with its own waits: one that is slow, away or refuses is told of
 * and tried again, and is in nobody's way. Heads in between are left out, since a later one stands for them.
 */
export class Anchoring {
  readonly #parts: AnchoringParts;
  #newest: string | undefined;
  #owner: Promise<Owner> | undefined;

  constructor(parts: AnchoringParts) {
    this.#parts = parts;
  }

  /** Told of each signed head of the meta log, in order. Never waits. */
  offer(signed: string): void {
    this.#newest = signed;
  }

  /** Works until the signal. Never rejects for an anchor's sake. */
  async run(signal: AbortSignal): Promise<void> {
    const { anchors } = this.#parts;
    await Promise.all(anchors.map(async (anchor) => this.#feed(anchor, signal)));
    await this.#close();
  }

  async #feed(anchor: ScheduledAnchor, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    let progress: AnchorProgress | undefined;
    for (; !signal.aborted; await pause(LOOK_MS, signal)) {
      const signed = this.#newest;
      if (signed === undefined) continue;
      const { size } = headOf(signed);
      progress = { ...(progress ?? (await this.#recall(anchor))), offered: size };
      this.#show(anchor, progress);
      const dueMs = progress.triedAtMs + this.#waitMs(anchor, progress);
      if (size === progress.size || clock() < dueMs) continue;
      const next = await this.#keep(anchor, signed, progress, signal);
      if (signal.aborted && next.trouble !== null) return;
      progress = next;
      await this.#remember(anchor, progress);
    }
  }

  async #keep(
    anchor: ScheduledAnchor,
    signed: string,
    before: AnchorProgress,
    signal: AbortSignal,
  ): Promise<AnchorProgress> {
    const { clock } = this.#parts;
    const { size } = headOf(signed);
    try {
      await anchor.keep(signed, signal);
      const now = clock();
      return { size, offered: size, keptAtMs: now, triedAtMs: now, failures: 0, trouble: null };
    } catch (error) {
      const trouble = error instanceof AnchorError ? error.code : 'ANCHOR_DEFECT';
      const failures = before.failures + 1;
      return { ...before, offered: size, triedAtMs: clock(), failures, trouble };
    }
  }

  /** After a success the schedule's time; after failures a wait that doubles, up to its bound. */
  #waitMs({ everyMs }: ScheduledAnchor, { failures }: AnchorProgress): number {
    const { retryFirstMs, retryMsMax } = this.#parts;
    if (failures === 0) return everyMs;
    return Math.min(retryMsMax, retryFirstMs * 2 ** Math.min(failures - 1, 30));
  }

  #show({ name }: ScheduledAnchor, progress: AnchorProgress): void {
    this.#parts.metrics.anchors.set(name, progress);
  }

  async #recall(anchor: ScheduledAnchor): Promise<AnchorProgress> {
    const stored = (await this.#open())?.getState(anchorKey(anchor.name));
    const found = stored && parseAnchorProgress(stored);
    const known = found ?? nothingKept;
    // After a start it is tried at once: what was wrong may have been mended.
    return known.failures > 0 ? { ...known, triedAtMs: 0, failures: 1 } : known;
  }

  /** What others see of it. That it cannot be told is no reason to stop: the anchor has what it has. */
  async #remember(anchor: ScheduledAnchor, progress: AnchorProgress): Promise<void> {
    this.#show(anchor, progress);
    try {
      const value = Buffer.from(JSON.stringify(progress));
      const state = [{ key: anchorKey(anchor.name), value }];
      await (await this.#open())?.commit({ positions: [], appends: [], state });
    } catch {
      await this.#close();
    }
  }

  async #open(): Promise<Owner | undefined> {
    try {
      return await (this.#owner ??= this.#parts.log.openOwner(anchorRole, 0));
    } catch {
      this.#owner = undefined;
      return undefined;
    }
  }

  async #close(): Promise<void> {
    const owner = await this.#owner?.catch(() => undefined);
    this.#owner = undefined;
    await owner?.close();
  }
}

const nothingKept: AnchorProgress = {
  size: 0,
  offered: 0,
  keptAtMs: 0,
  triedAtMs: 0,
  failures: 0,
  trouble: null,
};
