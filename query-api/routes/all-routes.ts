import type { Route } from '../api.ts';
import type { QueryApiLimits } from '../config.ts';
import { checkpointsRoute, consistencyRoute } from './checkpoints.ts';
import { integrityRoute } from './integrity.ts';
import { proofRoute } from './proof.ts';
import type { ControlRoute } from './erasures.ts';
import { controlRoutes, erasureRoute } from './erasures.ts';
import { rangeRoute } from './range.ts';
import { readsRoute } from './reads.ts';
import { chargesRoute } from './charges.ts';
import { conversationRoute } from './conversation.ts';
import { countsRoute } from './counts.ts';
import { reconciliationRoute } from './reconciliation.ts';
import { reconcileRoute } from './reconcile.ts';
import { recordRoute } from './record.ts';
import { redactionsRoute } from './redactions.ts';
import { recordsRoute } from './records.ts';
import { retentionControls, retentionRoute } from './retention.ts';
import { traceRoute } from './trace.ts';

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
    rangeRoute(),
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
