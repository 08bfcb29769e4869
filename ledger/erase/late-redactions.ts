import type { NewMessage } from '../../event-log/event-log.ts';
import type { SealedBatch } from '../seal.ts';
import { redactionEvents } from './erasure-events.ts';

/** Records of traces that were erased before they were sealed: the same events of the same batch. */
export function lateRedactions({
  intent,
  erased,
  appendTimeMs,
}: SealedBatch): readonly NewMessage[] {
  const byTenant = Map.groupBy(erased, ({ tenant }) => tenant);
  return [...byTenant].flatMap(([tenant, some]) =>
    redactionEvents(
      {
        id: `${intent.logId}/${intent.first}/${tenant}`,
        tenant,
        actor: null,
        timeUs: appendTimeMs * 1000,
        requestId: null,
        legalBasis: 'its trace was erased before',
      },
      some.map(({ record }) => record),
    ),
  );
}
