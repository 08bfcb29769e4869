import { describe, expect, it } from 'vitest';
import { createByteBudget } from '../../../collector/byte-budget.ts';
import { createCollectorMetrics } from '../../../collector/metrics.ts';
import type { ProducerCredential } from '../../../registry/credentials.ts';

function producerOf(name: string): ProducerCredential {
  return {
    keyId: name,
    use: 'producer',
    sha256: '',
    tenant: 'acme',
    producer: name,
    trust: 'application',
  };
}

const [first, second] = [producerOf('first'), producerOf('second')];

function budget() {
  const clock = { nowMs: 0 };
  const metrics = createCollectorMetrics();
  const limits = { heldBytesMax: 100, producerHeldBytesMax: 60, producerBytesPerSecondMax: 1000 };
  return { clock, metrics, budget: createByteBudget(limits, metrics, () => clock.nowMs) };
}

const overloaded = expect.objectContaining({ code: 'COLLECTOR_OVERLOADED' });
const overLimit = expect.objectContaining({ code: 'COLLECTOR_PRODUCER_OVER_LIMIT' });

describe('the byte budget', () => {
  it('refuses one producer above its share and leaves room for others', () => {
    const { budget: bytes } = budget();
    bytes.hold(first, 60);
    expect(() => bytes.hold(first, 1)).toThrow(overLimit);
    bytes.hold(second, 40);
    expect(() => bytes.hold(second, 1)).toThrow(overloaded);
    expect(bytes.heldBytes()).toBe(100);
    bytes.release(first, 60);
    bytes.hold(second, 20);
    expect(bytes.heldBytes()).toBe(60);
  });

  it('lets a producer send at its rate, with a burst of one second', () => {
    const { budget: bytes, clock } = budget();
    bytes.charge(first, 1000);
    expect(() => bytes.charge(first, 1)).toThrow(overLimit);
    clock.nowMs = 10;
    bytes.charge(first, 10);
    expect(() => bytes.charge(first, 1)).toThrow(overLimit);
    clock.nowMs = 60_000;
    bytes.charge(first, 1000);
    expect(() => bytes.charge(first, 1)).toThrow(overLimit);
    bytes.charge(second, 1);
  });

  it('takes a request larger than a second’s allowance, and has the producer wait for it', () => {
    const { budget: bytes, clock } = budget();
    bytes.charge(first, 3000);
    clock.nowMs = 1900;
    expect(() => bytes.charge(first, 1)).toThrow(overLimit);
    clock.nowMs = 2100;
    bytes.charge(first, 1);
  });
});
