import type { Route } from './api.ts';
import type { QueryApiLimits } from './config.ts';
import { checkpointsRoute, consistencyRoute } from './route-checkpoints.ts';
import { integrityRoute } from './route-integrity.ts';
import { proofRoute } from './route-proof.ts';
import type { ControlRoute } from './route-erasures.ts';
import { controlRoutes, erasureRoute } from './route-erasures.ts';
import { readsRoute } from './route-reads.ts';
import { chargesRoute } from './route-charges.ts';
import { conversationRoute } from './route-conversation.ts';
import { countsRoute } from './route-counts.ts';
import { reconciliationRoute } from './route-reconciliation.ts';
import { reconcileRoute } from './route-reconcile.ts';
import { recordRoute } from './route-record.ts';
import { redactionsRoute } from './route-redactions.ts';
import { recordsRoute } from './route-records.ts';
import { retentionControls, retentionRoute } from './route-retention.ts';
import { traceRoute } from './route-trace.ts';

/** Everything that may be asked to be done. */
export const controls: readonly ControlRoute[] = [...controlRoutes, ...retentionControls];

/** Every route that answers with data. Each needs a key, a permission, and leaves a trace. */
export function routes(limits: QueryApiLimits): readonly Route[] {
  return [
    recordsRoute(limits),
    recordRoute(),
    proofRoute(),
    checkpointsRoute(),
    consistencyRoute(),
    readsRoute(limits),
    erasureRoute(),
    retentionRoute(),
    traceRoute(limits),
    conversationRoute(limits),
    countsRoute(limits),
    chargesRoute(limits),
    redactionsRoute(limits),
    reconciliationRoute(),
    reconcileRoute(),
    integrityRoute(),
  ];
}
