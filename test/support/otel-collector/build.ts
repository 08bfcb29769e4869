import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The OpenTelemetry Collector, built from its Go modules and kept by version in a folder that git does not see. */
const manifest = fileURLToPath(new URL('builder.yaml', import.meta.url));
const cache = fileURLToPath(new URL('../../../.cache/parts/', import.meta.url));

function versionOf(): string {
  return / version: (\d[\d.]+)/u.exec(readFileSync(manifest, 'utf8'))?.[1] ?? 'unknown';
}

/** The program. Throws when it was not built: a test never downloads. */
export function otelCollector(): string {
  const program = join(cache, `otelcol-${versionOf()}`, 'otelcol');
  if (existsSync(program)) return program;
  throw new Error(`There is no ${program}: run npm run test:reference, which builds it.`);
}

function build(): void {
  const version = versionOf();
  const folder = join(cache, `otelcol-${version}`);
  if (existsSync(folder)) return;
  // Into a draft first, so that an interrupted build is never taken for the whole.
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const environment = { ...process.env, GOBIN: draft, CGO_ENABLED: '0', GOWORK: 'off' };
  const run = (program: string, ...given: string[]): void => {
    const { status, error } = spawnSync(program, given, { stdio: 'inherit', env: environment });
    if (status !== 0) throw new Error(`${program} ${given.join(' ')} failed.`, { cause: error });
  };
  const config = join(draft, 'builder.yaml');
  const output = join(draft, 'sources');
  const text = readFileSync(manifest, 'utf8');
  writeFileSync(config, text.replace('dist:', `dist:\n  output_path: ${output}`));
  run('go', 'install', `go.opentelemetry.io/collector/cmd/builder@v${version}`);
  run(join(draft, 'builder'), '--config', config);
  renameSync(join(output, 'otelcol'), join(draft, 'otelcol'));
  for (const rest of ['builder', 'builder.yaml', 'sources']) {
    rmSync(join(draft, rest), { recursive: true, force: true });
  }
  renameSync(draft, folder);
}

if (import.meta.main) build();
