import type { EventLog } from '../event-log/event-log.ts';
import { anchorPrefix, anchorRole, parseAnchorProgress } from '../schemas/state-keys.ts';

/** How far one anchor has come, for people. */
export type AnchorState = {
  readonly name: string;
  readonly size: number;
  readonly behind: number;
  readonly keptAt: string | null;
  readonly failures: number;
  readonly trouble: string | null;
};

/** The anchors that the ledger feeds, as it last told of them; `metaSize` is the signed size of the meta log. */
export async function readAnchors(
  log: Pick<EventLog, 'inspect'>,
  metaSize: number,
): Promise<readonly AnchorState[]> {
  const view = await log.inspect(anchorRole, 0);
  return [...view.scanState(anchorPrefix)].flatMap(([key, value]) => {
    const progress = parseAnchorProgress(value);
    if (progress === undefined) return [];
    const { size, keptAtMs, failures, trouble } = progress;
    const keptAt = keptAtMs === 0 ? null : new Date(keptAtMs).toISOString();
    const behind = Math.max(0, metaSize - size);
    return [{ name: key.slice(anchorPrefix.length), size, behind, keptAt, failures, trouble }];
  });
}
