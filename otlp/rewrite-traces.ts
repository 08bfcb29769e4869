import type { RewriteOptions, RewriteResult } from './rewrite-request.ts';
import { rewriteRequest } from './rewrite-request.ts';
import { rewriteSpan } from './rewrite-span.ts';

/** An `ExportTraceServiceRequest`, redacted and split by the partition of each span's trace id: see {@link rewriteRequest}. */
export function rewriteTraces(request: Uint8Array, options: RewriteOptions): RewriteResult {
  return rewriteRequest(request, options, rewriteSpan);
}
