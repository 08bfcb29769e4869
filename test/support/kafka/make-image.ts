import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brokerClassPath } from './broker-jars.ts';

/**
 * Builds an image of the broker with what this machine has, where no registry gives `apache/kafka`: `npm run make:broker-image -- --base IMAGE --tag TAG`. The
 * base needs a shell and the C library of this machine's Java, e.g. one made by debootstrap and `docker import`.
 */
const { values } = parseArgs({
  options: {
    base: { type: 'string', default: 'debian:bookworm-slim' },
    tag: { type: 'string', default: 'waybill/kafka:local' },
  },
});

const context = mkdtempSync(join(tmpdir(), 'waybill-kafka-image-'));
try {
  cpSync(fileURLToPath(new URL('image', import.meta.url)), context, { recursive: true });
  cpSync(dirname(brokerClassPath()), join(context, 'libs'), { recursive: true });
  run('cp', ['-rL', javaHome(), join(context, 'java')], [0, 1]);
  run('docker', [
    'build',
    '--quiet',
    '--build-arg',
    `BASE=${values.base}`,
    '-t',
    values.tag,
    context,
  ]);
  console.log(values.tag);
} finally {
  rmSync(context, { recursive: true, force: true });
}

function javaHome(): string {
  const { stdout } = spawnSync('sh', ['-c', 'command -v java']);
  return dirname(dirname(realpathSync(stdout.toString().trim())));
}

/** A Java without its sources has a link to them that leads nowhere, which `cp` ends with 1 for. */
function run(program: string, given: readonly string[], fine: readonly number[] = [0]): void {
  const { status, stderr } = spawnSync(program, given, { stdio: ['ignore', 'ignore', 'pipe'] });
  if (status === null || !fine.includes(status)) {
    throw new Error(`${program} ${given.join(' ')} failed: ${stderr.toString()}`);
  }
}
