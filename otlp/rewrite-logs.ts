import { rewriteLog } from './rewrite-log.ts';
import type { RewriteOptions, RewriteResult } from './rewrite-request.ts';
import { rewriteRequest } from './rewrite-request.ts';

/**
 * An `ExportLogsServiceRequest`, redacted and split by the partition of each record's trace id, so that it lies beside the spans of its trace;
 * one without a trace by what `log-home.ts` says of it: see {@link rewriteRequest}.
 */
export function rewriteLogs(request: Uint8Array, options: RewriteOptions): RewriteResult {
  return rewriteRequest(request, options, rewriteLog);
}
