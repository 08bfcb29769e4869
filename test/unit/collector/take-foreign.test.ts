import { describe, expect, it } from 'vitest';
import type { RewrittenExport } from '../../../collector/accept-export.ts';
import type { ForeignTopic } from '../../../collector/config.ts';
import { parseCollectorConfig } from '../../../collector/config.ts';
import { CollectorError } from '../../../collector/errors.ts';
import { createCollectorMetrics } from '../../../collector/metrics.ts';
import type { Submission } from '../../../collector/compose-group.ts';
import { createSpanNumbering } from '../../../collector/number-spans.ts';
import { createTake, followForeignTopics } from '../../../collector/take-foreign.ts';

const topic: ForeignTopic = {
  topic: 'otel',
  signal: 'traces',
  encoding: 'otlp_proto',
  tenant: 'acme',
  producer: 'otel',
  trust: 'gateway',
};

const done: RewrittenExport = { parts: [], accepted: 2, rejected: [], principals: [] };

function intakeOf(rewrite: () => RewrittenExport) {
  const submitted: Submission[] = [];
  const metrics = createCollectorMetrics();
  const jsonToProtobuf = (): Uint8Array => Buffer.alloc(0);
  return {
    submitted,
    metrics,
    rewriters: { traces: rewrite, logs: rewrite },
    jsonToProtobuf: { traces: jsonToProtobuf, logs: jsonToProtobuf },
    compose: (submissions: readonly Submission[]) => {
      submitted.push(...submissions);
      return { messages: [], directoryEntries: 0, committed: () => undefined };
    },
    newLane: () => createSpanNumbering(),
    requestBytesMax: 10,
    messageBytesMax: 10,
  };
}

const batchOf = (...values: readonly string[]) => ({
  topic: 'otel',
  partition: 0,
  messages: values.map((value, offset) => ({ offset, value: Buffer.from(value) })),
  missing: undefined,
});

describe('a foreign topic', () => {
  it('waits out what may pass, and counts nothing before the batch is durable', async () => {
    let failures = 1;
    const intake = intakeOf(() => {
      failures -= 1;
      if (failures >= 0) throw new CollectorError('COLLECTOR_POLICY_UNUSABLE');
      return done;
    });
    const taken = await createTake(topic, intake)(batchOf('one'), new AbortController().signal);
    expect(intake.submitted).toMatchObject([
      { rejected: [], origin: { topic: 'otel', offset: 0 } },
    ]);
    expect(intake.metrics.render()).toContain('waybill_collector_spans_accepted_total 0\n');
    taken.committed();
    expect(intake.metrics.render()).toContain('waybill_collector_spans_accepted_total 2\n');
    expect(intake.metrics.render()).toContain('code="COLLECTOR_POLICY_UNUSABLE"} 1\n');
  });

  it('gives up waiting when its partition is taken away', async () => {
    const intake = intakeOf(() => {
      throw new CollectorError('COLLECTOR_POLICY_UNUSABLE');
    });
    const taking = createTake(topic, intake)(batchOf('one'), AbortSignal.timeout(50));
    await expect(taking).rejects.toThrow(/abort/i);
    expect(intake.submitted).toEqual([]);
  });

  it('refuses a message above the limit of a request, and one that a defect of ours fails on, and takes the others', async () => {
    let calls = 0;
    const intake = intakeOf(() => {
      calls += 1;
      if (calls === 1) throw new TypeError('a defect');
      return done;
    });
    const batch = batchOf('defect', 'far too long', 'fine');
    await createTake(topic, intake)(batch, new AbortController().signal);
    expect(intake.submitted.map(({ rejected }) => rejected[0]?.reason)).toEqual([
      'message_failed',
      'message_too_large',
      undefined,
    ]);
  });

  it('is refused on a log that has none, and under a name of ours', async () => {
    const following = followForeignTopics(
      [topic],
      undefined,
      intakeOf(() => done),
    );
    await expect(following).rejects.toMatchObject({ code: 'COLLECTOR_CONFIG_INVALID' });
    const foreignTopics = [{ ...topic, topic: 'waybill.spans.v1' }];
    const files = { masterKeyFile: 'a', credentialsFile: 'b' };
    expect(() => parseCollectorConfig({ ...files, foreignTopics })).toThrow(/none of ours/);
  });
});
