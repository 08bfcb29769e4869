import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Pipeline } from '../support/pipeline.ts';
import { eventually, startPipeline } from '../support/pipeline.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'waybill-up-'));
afterAll(() => rm(dataDir, { recursive: true, force: true }));

type Records = { records: { callId: string; tool: string; outcome: string; user: string }[] };

/** One tool call as an instrumented client reports it, in OTLP/JSON. */
function toolCall(traceId: string, tool: string) {
  const endMs = Date.now();
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const span = {
    traceId,
    spanId: traceId.slice(0, 16),
    name: `tools/call ${tool}`,
    kind: 3,
    startTimeUnixNano: `${endMs - 20}000000`,
    endTimeUnixNano: `${endMs}000000`,
    attributes: [
      attribute('mcp.method.name', 'tools/call'),
      attribute('gen_ai.tool.name', tool),
      attribute('gen_ai.operation.name', 'execute_tool'),
      attribute('user.id', 'ana@example.com'),
    ],
    status: {},
  };
  return {
    resourceSpans: [
      {
        resource: { attributes: [attribute('service.name', 'agent')] },
        scopeSpans: [{ scope: { name: 'test' }, spans: [span] }],
      },
    ],
  };
}

async function post(pipeline: Pipeline, key: string, body: object): Promise<number> {
  const response = await fetch(`${pipeline.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

function waybill(pipeline: Pipeline, ...argv: string[]) {
  const { stdout, status } = spawnSync(process.execPath, ['cli/main.ts', ...argv], {
    encoding: 'utf8',
    timeout: 30_000,
    env: {
      ...process.env,
      WAYBILL_URL: pipeline.queryApi,
      WAYBILL_KEY_FILE: pipeline.auditorKeyFile,
    },
  });
  return { stdout, status };
}

describe('waybill up', () => {
  it('takes a call in over OTLP, answers it over the API, and goes on after a restart', async () => {
    const first = await startPipeline({ dataDir });
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    try {
      expect(await post(first, 'wb_wrong', toolCall(traceId, 'echo'))).toBe(401);
      expect(await post(first, first.auditorKey, toolCall(traceId, 'echo'))).not.toBe(200);
      expect(await post(first, first.producerKey, toolCall(traceId, 'echo'))).toBe(200);
      const found = await eventually(
        () => first.ask<Records>('/v1/records?tool=echo&user=Ana@example.com'),
        ({ records }) => records.length === 1,
      );
      expect(found.records[0]).toMatchObject({ tool: 'echo', outcome: 'success' });
      expect(found.records[0]?.user).toMatch(/^p_[0-9a-f]{32}$/);

      const shown = waybill(first, 'trace', traceId);
      expect(shown.status).toBe(0);
      expect(shown.stdout).toContain('ana@example.com');
      expect(shown.stdout).toContain('› echo');
      const calls = waybill(first, 'calls', '--tool', 'echo', '--json');
      expect((JSON.parse(calls.stdout) as Records).records).toHaveLength(1);
      const detail = waybill(first, 'call', found.records[0]?.callId ?? '');
      expect(detail.stdout).toContain('Chain');

      for (const file of [first.producerKeyFile, first.auditorKeyFile]) {
        expect((await stat(file)).mode & 0o777).toBe(0o600);
      }
      const refused = await fetch(`${first.queryApi}/v1/records`, {
        headers: { authorization: `Bearer ${first.producerKey}` },
      });
      expect(refused.status).toBe(401);
      const taken = await startPipeline({ dataDir }).then(
        () => 'started',
        (error: Error) => error.message,
      );
      expect(taken).toContain('is in use by another waybill');
    } finally {
      expect(await first.stop()).toBe(0);
    }

    const second = await startPipeline({ dataDir });
    try {
      expect(second.auditorKey).toBe((await readFile(first.auditorKeyFile, 'utf8')).trim());
      expect((await second.ask<Records>('/v1/records?tool=echo')).records).toHaveLength(1);
      const next = toolCall('1af7651916cd43dd8448eb211c80319c', 'after-restart');
      expect(await post(second, second.producerKey, next)).toBe(200);
      await eventually(
        () => second.ask<Records>('/v1/records?tool=after-restart'),
        ({ records }) => records.length === 1,
      );
      expect((await second.ask<Records>('/v1/records?kind=call')).records).toHaveLength(2);
      type Account = { producers: { producer: string; accepted: number; balanced: boolean }[] };
      const { producers } = await second.ask<Account>('/v1/reconciliation');
      expect(producers).toMatchObject([{ producer: 'producer', accepted: 2, balanced: true }]);
    } finally {
      expect(await second.stop()).toBe(0);
    }
  });
});
