#!/usr/bin/env node
// Plain JavaScript, because a Node before 24 cannot even parse the TypeScript of the rest: it hands over to the Node that `npm ci`
// brought, or says in one line what to do.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const MAJOR_MIN = 24;
const major = Number(process.versions.node.split('.')[0]);
const bundled = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));

if (major >= MAJOR_MIN) {
  // Each write under way in the event log holds a thread of this pool until it is synced; the default of 4 would make them queue.
  process.env.UV_THREADPOOL_SIZE ??= '12';
  stopWithParent();
  const { setProcessFlags } = await import('./process-flags.ts');
  setProcessFlags();
  const { run } = await import('./main.ts');
  process.exitCode = await run(process.argv.slice(2));
} else if (existsSync(bundled)) {
  handOver();
} else {
  console.error(
    `waybill needs Node ${MAJOR_MIN} or later, and this is ${process.version}: run \`npm ci\`, which brings it.`,
  );
  process.exitCode = 2;
}

/** Runs this file again under the other Node; its exit is ours. */
function handOver() {
  const child = spawn(bundled, process.argv.slice(1), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // A terminal sends Ctrl-C to both, a script to this process only: the child takes two signals at once for one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => {
    console.error(`waybill: cannot start ${bundled}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (signal ? constants.signals[signal] : 1));
  });
}

/** When the process that handed over dies without a word, so do we, in order. */
function stopWithParent() {
  if (!process.channel) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
