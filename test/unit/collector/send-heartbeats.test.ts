import { describe, expect, it } from 'vitest';
import { createCollectorMetrics } from '../../../collector/metrics.ts';
import { createSpanNumbering } from '../../../collector/number-spans.ts';
import { sendHeartbeat } from '../../../collector/send-heartbeats.ts';
import type { NewMessage } from '../../../event-log/event-log.ts';
import { headerNames } from '../../../schemas/topics.ts';
import type { ProducerCredential } from '../../../registry/credentials.ts';

const app: ProducerCredential = {
  keyId: 'app',
  use: 'producer',
  sha256: '',
  tenant: 'acme',
  producer: 'app',
  trust: 'gateway',
};

describe('heartbeats of a collector', () => {
  it('are sent again until the log has them, and then not again until more is appended', async () => {
    const lane = createSpanNumbering('00000000000000aa');
    const append = (spans: number): void => {
      const group = lane.startGroup();
      group.next(app, 0, spans);
      group.committed();
    };
    let isAway = true;
    const told: (string | undefined)[] = [];
    const log = {
      append: async (messages: readonly NewMessage[]) => {
        if (isAway) throw new Error('no broker');
        for (const { headers } of messages) told.push(headers[headerNames.run]);
        return Promise.resolve();
      },
    };
    const metrics = createCollectorMetrics();
    const beat = () => sendHeartbeat({ log, lanes: [lane], everyMs: 1, metrics });
    append(3);
    await beat();
    expect(told).toEqual([]);
    isAway = false;
    await beat();
    await beat();
    expect(told).toEqual(['00000000000000aa/3']);
    append(2);
    await beat();
    expect(told).toEqual(['00000000000000aa/3', '00000000000000aa/5']);
  });
});
