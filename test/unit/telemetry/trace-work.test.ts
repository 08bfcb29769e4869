import { afterEach, describe, expect, it } from 'vitest';
import { core, node, tracing } from '@opentelemetry/sdk-node';
import { propagation } from '@opentelemetry/api';
import {
  WORK_PER_SECOND_MAX,
  beginWork,
  holdsOwnSpans,
  isTracing,
  traceBy,
  traceWork,
} from '../../../telemetry/trace-work.ts';

const exporter = new tracing.InMemorySpanExporter();
const provider = new node.NodeTracerProvider({
  spanProcessors: [new tracing.SimpleSpanProcessor(exporter)],
});
propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());

afterEach(() => {
  exporter.reset();
  traceBy(undefined);
});

const names = (): readonly string[] => exporter.getFinishedSpans().map(({ name }) => name);

describe('work', () => {
  it('is not traced, and gives what it gives, where nothing traces', async () => {
    expect(isTracing()).toBe(false);
    const given = await traceWork({ name: 'waybill.test' }, async (traced) => {
      traced.tell({ 'waybill.spans': 1 });
      return traced.part('waybill.test.part', async () => Promise.resolve(7));
    });
    expect(given).toBe(7);
    expect(names()).toEqual([]);
  });

  it('is told once it has ended, its parts before it', async () => {
    traceBy(provider.getTracer('test'));
    await traceWork({ name: 'waybill.test' }, async (traced) => {
      traced.done('waybill.test.before', Date.now() - 20);
      await traced.part('waybill.test.part', async () => Promise.resolve());
      expect(names()).toEqual(['waybill.test.before', 'waybill.test.part']);
    });
    expect(names()).toEqual(['waybill.test.before', 'waybill.test.part', 'waybill.test']);
  });

  it('that fails tells a code of ours or the kind of error, never a message', async () => {
    traceBy(provider.getTracer('test'));
    const failures = [
      [
        Object.assign(new Error('card 4242424242424242'), { code: 'EVENT_LOG_FULL' }),
        'EVENT_LOG_FULL',
      ],
      [Object.assign(new Error('secret'), { code: 'what ana@example.com typed' }), 'Error'],
      [new RangeError('secret'), 'RangeError'],
      ['secret', '_OTHER'],
    ] as const;
    for (const [failure, told] of failures) {
      exporter.reset();
      const work = traceWork({ name: 'waybill.test' }, async () => Promise.reject(failure));
      await expect(work).rejects.toBe(failure);
      const [span] = exporter.getFinishedSpans();
      expect(span).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': told } });
      expect(span?.status.message).toBeUndefined();
      expect(span?.events).toEqual([]);
    }
  });

  it('is told so many times a second, however much of it there is', () => {
    traceBy(provider.getTracer('test'));
    const beganMs = performance.now();
    for (let count = 0; count < 50_000; count += 1) beginWork({ name: 'waybill.test' }).end();
    const seconds = Math.floor(performance.now() / 1000) - Math.floor(beganMs / 1000) + 1;
    expect(names().length).toBeGreaterThan(0);
    expect(names().length).toBeLessThanOrEqual(WORK_PER_SECOND_MAX * seconds);
  });

  it('is under the span of whoever asks, and untold where that one is not sampled', () => {
    traceBy(provider.getTracer('test'));
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const parent = 'b7ad6b7169203331';
    for (const flags of ['01', '00']) {
      const askedBy = { traceparent: `00-${trace}-${parent}-${flags}`, tracestate: 'who=ana' };
      beginWork({ name: `waybill.test.${flags}`, askedBy }).end();
    }
    beginWork({ name: 'waybill.test.damaged', askedBy: { traceparent: '00-zz-1-01' } }).end();
    expect(names()).toEqual(['waybill.test.01', 'waybill.test.damaged']);
    const [under, alone] = exporter.getFinishedSpans();
    expect(under?.spanContext().traceId).toBe(trace);
    expect(under?.parentSpanContext?.spanId).toBe(parent);
    expect(under?.spanContext().traceState).toBeUndefined();
    expect(alone?.parentSpanContext).toBeUndefined();
  });

  it('that carries spans of its own is known by their scope', () => {
    expect(holdsOwnSpans(Buffer.from('..waybill.own.telemetry..'))).toBe(true);
    expect(holdsOwnSpans(Buffer.from('..waybill.telemetry..'))).toBe(false);
  });
});
