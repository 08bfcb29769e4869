import type { Signal } from '../schemas/topics.ts';
import { holdsOwnSpans, isTracing, traceWork } from '../telemetry/trace-work.ts';
import type { ExportAcceptor } from './accept-export.ts';

/** Tells of some requests, from their split to the log's answer. Where nothing is traced, the acceptor is given back as it is. */
export function traceRequests(accept: ExportAcceptor, signal: Signal): ExportAcceptor {
  if (!isTracing()) return accept;
  return (producer, request) => {
    const unless = (): boolean => holdsOwnSpans(request);
    return traceWork({ name: NAME, kind: 'server', unless }, async (traced) => {
      traced.tell({ 'waybill.signal': signal, 'waybill.request.bytes': request.length });
      const outcome = await accept(producer, request);
      const rejected = outcome.rejected.reduce((sum, { count }) => sum + count, 0);
      traced.tell({ 'waybill.accepted': outcome.accepted, 'waybill.rejected': rejected });
      return outcome;
    });
  };
}

const NAME = 'waybill.collector.request';
