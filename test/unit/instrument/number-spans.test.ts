import { describe, expect, it, vi } from 'vitest';
import { trace } from '@opentelemetry/api';
import { node, tracing } from '@opentelemetry/sdk-node';
import { sendHeartbeats, streamOf } from '../../../instrument/number-spans.ts';
import { createPair, recordSpans } from './recorded-spans.ts';

const exporter = recordSpans();

const placeOf = ({ attributes }: tracing.ReadableSpan) => ({
  stream: attributes['telemetry.stream.id'],
  number: attributes['telemetry.stream.number'],
});

describe('spans are numbered', () => {
  it('densely, in the order in which they end, whatever side and connection they are of', async () => {
    for (let pair = 0; pair < 3; pair += 1) {
      const { client, server, connect } = createPair({ numberSpans: true }, { numberSpans: true });
      server.registerTool('echo', {}, () => ({ content: [] }));
      await connect();
      await Promise.all([1, 2, 3].map(() => client.callTool({ name: 'echo' })));
      await client.close();
    }
    const places = exporter.getFinishedSpans().map(placeOf);
    const [first] = places;
    expect(first?.stream).toMatch(/^[0-9a-f]{16}$/);
    expect(new Set(places.map(({ stream }) => stream)).size).toBe(1);
    const begin = Number(first?.number);
    expect(places.map(({ number }) => number)).toEqual(places.map((_, at) => begin + at));
    // Initialize, initialized and three calls, seen by two sides each.
    expect(places.length).toBeGreaterThanOrEqual(3 * 10);
  });

  it('but for those that are not sampled, which nobody will miss', async () => {
    const mine = new tracing.InMemorySpanExporter();
    let calls = 0;
    const tracerProvider = new node.NodeTracerProvider({
      sampler: {
        shouldSample: () => ({
          decision:
            calls++ % 2 === 0
              ? tracing.SamplingDecision.RECORD_AND_SAMPLED
              : tracing.SamplingDecision.NOT_RECORD,
        }),
        toString: () => 'every other',
      },
      spanProcessors: [new tracing.SimpleSpanProcessor(mine)],
    });
    const { client, connect } = createPair({ numberSpans: true, tracerProvider }, null);
    await connect();
    for (let ping = 0; ping < 6; ping += 1) await client.ping();
    const numbers = mine.getFinishedSpans().map((span) => placeOf(span).number);
    expect(numbers).toEqual(numbers.map((_, at) => at));
    expect(numbers.length).toBeGreaterThanOrEqual(3);
  });

  it('with a stream for each provider, since each may send elsewhere', () => {
    const provider = new node.NodeTracerProvider();
    expect(streamOf(provider)).toBe(streamOf(provider));
    expect(streamOf(provider).id).not.toBe(streamOf(undefined).id);
  });

  it('and a heartbeat says how many there were, though nothing is going on', () => {
    vi.useFakeTimers();
    try {
      const stream = { id: '0123456789abcdef', next: 42, stop: undefined };
      sendHeartbeats(stream, trace.getTracer('test'), 60_000);
      sendHeartbeats(stream, trace.getTracer('test'), 60_000);
      vi.advanceTimersByTime(125_000);
    } finally {
      vi.useRealTimers();
    }
    const beats = exporter.getFinishedSpans().filter(({ name }) => name === 'heartbeat');
    expect(beats.map(({ attributes }) => attributes)).toEqual([
      { 'telemetry.stream.id': '0123456789abcdef', 'telemetry.stream.next': 42 },
      { 'telemetry.stream.id': '0123456789abcdef', 'telemetry.stream.next': 42 },
    ]);
  });
});
