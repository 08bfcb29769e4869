import type { EventLog } from '../../event-log/event-log.ts';
import type { VerifierKey } from '../../integrity/verifier-key.ts';
import type { RecordStore } from '../../record-store/clickhouse.ts';
import { LedgerError } from '../errors.ts';
import { pause } from '../pause.ts';
import { registryLogId } from '../read-control.ts';
import { untilControlSealed } from '../until-sealed.ts';
import type { AuditDraft } from './findings.ts';
import type { TrustedHead } from './log-audit.ts';
import { watchHead } from './watch-store.ts';

type Parts = {
  readonly log: Pick<EventLog, 'range' | 'inspect'>;
  readonly store: Pick<RecordStore, 'query'>;
  readonly signal: AbortSignal;
};

type Watch = {
  readonly draft: AuditDraft;
  /** Newest heads of this round; that of control events is replaced by a newer one. */
  readonly heads: Map<string, TrustedHead>;
  /** Of the log of control events. */
  readonly keys: readonly VerifierKey[];
};

/**
 * Waits until what lies in the topic of control events now is sealed and under a signed head, which is given; undefined where the head in the store is none to
 * trust: a finding. How far it is sealed is what the ledger committed, not what the store holds: who can write there cannot make anybody wait. Throws
 * `LEDGER_CONTROL_UNSEALED` (retryable) after `TOLD_WAIT_MS_MAX`.
 */
export async function untilControlSigned(
  { log, store, signal }: Parts,
  { draft, heads, keys }: Watch,
): Promise<TrustedHead | undefined> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(TOLD_WAIT_MS_MAX)]);
  try {
    const sealed = await untilControlSealed({ log, signal: inTime });
    for (;;) {
      const last = heads.get(registryLogId);
      if ((last?.size ?? 0) >= sealed) return last;
      await pause(LOOK_MS, inTime);
      inTime.throwIfAborted();
      const head = await watchHead(store, draft, { logId: registryLogId, keys, last });
      if (head === undefined && last !== undefined) return undefined;
      if (head !== undefined) heads.set(registryLogId, head);
    }
  } catch (cause) {
    if (!inTime.aborted) throw cause;
    throw new LedgerError('LEDGER_CONTROL_UNSEALED', 'The auditor waits for it.', cause);
  }
}

/** A ledger or signer that is away for longer leaves what is missing to a later round. */
export const TOLD_WAIT_MS_MAX = 20_000;
const LOOK_MS = 200;
