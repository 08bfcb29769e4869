import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startTracing } from '../../../telemetry/start-tracing.ts';
import { isTracing, traceWork } from '../../../telemetry/trace-work.ts';

const endpoint = 'http://127.0.0.1:9';

afterEach(() => {
  delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
});

describe('tracing', () => {
  it.each([
    ['nothing is configured', {}],
    ['the endpoint is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: '  ' }],
    ['the SDK is disabled', { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'TRUE' }],
    ['traces go nowhere', { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_EXPORTER: 'none' }],
  ])('is off where %s', async (_, environment) => {
    const tracing = await startTracing('test', environment);
    expect(isTracing()).toBe(false);
    await tracing.stop();
  });

  it('is on with either endpoint, and off once it is stopped', async () => {
    for (const name of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']) {
      const tracing = await startTracing('test', { [name]: endpoint });
      expect(isTracing()).toBe(true);
      await tracing.stop();
      await tracing.stop();
      expect(isTracing()).toBe(false);
    }
  });

  it('stops in time though the receiver never answers', async () => {
    const closed = Promise.withResolvers<number>();
    let connections = 0;
    const deaf = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined).resume();
      socket.once('close', () => closed.resolve(performance.now()));
    });
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(deaf.address() as AddressInfo).port}`;
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = url;
    const tracing = await startTracing('test', process.env);
    await traceWork({ name: 'waybill.test' }, async () => Promise.resolve());
    const beganMs = performance.now();
    await tracing.stop();
    // Two seconds are allowed; the exporter alone would wait for ten.
    expect(performance.now() - beganMs).toBeLessThan(6_000);
    expect(connections).toBe(1);
    // A request under way would hold the process up.
    expect((await closed.promise) - beganMs).toBeLessThan(6_000);
    deaf.close();
  });
});
