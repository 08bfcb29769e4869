import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// Packs the room `instrument/` as a package of its own in plain JavaScript, because Node strips no types inside node_modules.
// Usage: node scripts/pack-instrument.ts [folder for the .tgz, default .]

const repository = fileURLToPath(new URL('..', import.meta.url));
const folder = join(repository, '.cache', `instrument-package-${process.pid}`);
const destination = resolve(process.argv[2] ?? '.');

mkdirSync(destination, { recursive: true });
try {
  const tsc = join(repository, 'node_modules/typescript/bin/tsc');
  run(process.execPath, [tsc, '-p', join(repository, 'instrument'), '--outDir', folder]);
  writeFileSync(join(folder, 'package.json'), manifest());
  copyFileSync(join(repository, 'LICENSE'), join(folder, 'LICENSE'));
  copyFileSync(join(repository, 'instrument/README.md'), join(folder, 'README.md'));
  const packed = run('npm', ['pack', '--silent', '--pack-destination', destination]);
  console.log(join(destination, packed.trim()));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, {
    cwd: command === 'npm' ? folder : repository,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The SDK is needed only for its types: which of its versions is the user's choice. */
function manifest(): string {
  const ours: unknown = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  const { version, license } = ours as { readonly version: string; readonly license: string };
  return JSON.stringify(
    {
      name: '@waybill/instrument',
      version,
      description: 'OpenTelemetry spans for MCP clients and servers on the TypeScript SDK.',
      license,
      type: 'module',
      engines: { node: '>=20' },
      exports: { '.': { types: './instrument.d.ts', default: './instrument.js' } },
      peerDependencies: {
        '@modelcontextprotocol/sdk': '^1.20.0',
        '@opentelemetry/api': '^1.9.0',
      },
    },
    undefined,
    2,
  );
}
