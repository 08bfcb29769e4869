// A process with little memory that opens traces, or takes them over and publishes them: `open-traces-process.ts open|take-over <folder>`.
import { emptyBatch, addRecord } from '../../../enricher/batch.ts';
import type { Engine } from '../../../enricher/engine.ts';
import { createEngine } from '../../../enricher/engine.ts';
import { parseEnricherConfig } from '../../../enricher/config.ts';
import { joinMessage } from '../../../enricher/joins/follow-joins.ts';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { Owner } from '../../../event-log/event-log.ts';
import { enricherRole } from '../../../schemas/state-keys.ts';
import { topics } from '../../../schemas/topics.ts';
import { makeSpan, transcriptStartMs } from '../../unit/enricher/make-span.ts';
import { argumentsOf, bounds, OPEN_MS, traceName, tracesMax } from './open-traces.ts';

const TRACES_A_MESSAGE = 50;
const MESSAGES_A_COMMIT = 10;
const partition = 0;

const [mode = '', folder = ''] = process.argv.slice(2);
const log = await openEmbeddedLog({ folder, partitions: 1 });
const owner = await log.openOwner(enricherRole, partition);
let batch = emptyBatch();
const options = {
  ...parseEnricherConfig({ logDirectory: folder, ...bounds }),
  partition,
  quietMsMax: OPEN_MS,
  openMsMax: OPEN_MS,
};
const engine = createEngine(options, owner, undefined, (record, numbers) =>
  addRecord(batch, { record, numbers }, partition, null),
);
let buffersMax = 0;
await (mode === 'open' ? openTraces(engine, owner) : publishAll(engine, owner));
await owner.close();
await log.close();
process.stdout.write(JSON.stringify({ buffersMax }));

/** Each trace a client's span, whose server never comes. */
async function openTraces(to: Engine, by: Owner): Promise<void> {
  for (let offset = 0; offset * TRACES_A_MESSAGE < tracesMax; offset += 1) {
    const spans = Array.from({ length: TRACES_A_MESSAGE }, (_, at) =>
      spanOf(offset * TRACES_A_MESSAGE + at),
    );
    const sender = { tenant: 'acme', producer: 'app', trust: 'application' } as const;
    const at = { offset, appendTimeMs: transcriptStartMs + offset };
    to.step({ kind: 'spans', ...at, ...sender, accepted: spans.length, spans });
    if (offset % MESSAGES_A_COMMIT === MESSAGES_A_COMMIT - 1) await commit(to, by, offset + 1);
  }
}

function spanOf(trace: number) {
  return makeSpan({
    id: 'c',
    trace: traceName(trace),
    kind: 'client',
    attributes: {
      'mcp.method.name': 'tools/call',
      'gen_ai.tool.name': 'add',
      'gen_ai.tool.call.arguments': argumentsOf(trace),
    },
  });
}

async function publishAll(to: Engine, by: Owner): Promise<void> {
  let offset = by.position(topics.spans, partition);
  while (to.nextDeadlineMs() !== undefined) {
    to.step({ kind: 'tick', offset, appendTimeMs: transcriptStartMs + 3 * OPEN_MS });
    offset += 1;
    await commit(to, by, offset);
  }
}

async function commit(to: Engine, by: Owner, offset: number): Promise<void> {
  const positions = [{ topic: topics.spans, partition, offset }];
  const joins = to.takeJoins().map((join) => joinMessage({ log, partition }, join));
  await by.commit({ positions, appends: [...batch.appends, ...joins], state: to.drain() });
  batch = emptyBatch();
  // What is garbage is no state: only what is still held counts.
  globalThis.gc?.();
  buffersMax = Math.max(buffersMax, process.memoryUsage().external);
}
