import { hash } from 'node:crypto';
import type { LogMessage } from '../event-log/event-log.ts';
import { headerNames } from '../schemas/topics.ts';
import type { Sealable } from './seal.ts';

/** The log of the other logs' heads and of the policies: its head stands for all of them. */
export const metaLogId = 'meta/e0';

/** What a message of `waybill.checkpoints.v1` is, by its header `kind`. The head of the meta log itself is there for whoever follows, and is no leaf. */
export const checkpointKinds = { head: 'head', policy: 'policy', meta: 'meta' } as const;

/** The call id of each policy's leaf, so that the history of policies is found by it. */
export const POLICY_CALL_ID = 'ff'.repeat(16);

/** What a head is found by among the leaves of the meta log. */
export function metaCallId(note: Uint8Array): string {
  return hash('sha256', note).slice(0, 32);
}

/** Reads messages of `waybill.checkpoints.v1`: their bytes are the leaves. They are nobody's, so their tenant is empty. */
export function readCheckpoint(message: LogMessage): Sealable | undefined {
  const { value, headers } = message;
  const kind = headers[headerNames.kind];
  if (value === null || kind === checkpointKinds.meta) return undefined;
  const isPolicy = kind === checkpointKinds.policy;
  return {
    tenant: '',
    callId: isPolicy ? POLICY_CALL_ID : metaCallId(value),
    revision: 0,
    // Its bytes are a signed note, which tells no time; nothing beside it is to say what it does not.
    appendTimeUs: 0,
    home: null,
    sealAt: () => ({ leaf: value, addRows: () => undefined }),
  };
}
