import { execFileSync } from 'node:child_process';
import type { StdioOptions } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmitterScript } from './emitter-script.ts';
import { pinOf } from './emitter-script.ts';

const installMsMax = 8 * 60_000;

/**
 * Installs what an emitter's script declares into a folder of its own, outside the repository, unless that has been done. With
 * `latest` the pins are left out. Throws with the installer's words where it fails.
 */
export function installEmitter(emitter: EmitterScript, latest: boolean): string {
  const packages = latest ? emitter.packages.map((each) => pinOf(each).name) : emitter.packages;
  const folder = join(tmpdir(), `emitters-${emitter.name}${latest ? '-latest' : ''}`);
  const stamp = join(folder, 'installed');
  const digest = createHash('sha256').update(packages.join('\n')).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest && !latest) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const run = (command: string, ...args: readonly string[]): void => {
    const stdio: StdioOptions = ['ignore', 'ignore', 'inherit'];
    execFileSync(command, args, { cwd: folder, timeout: installMsMax, stdio });
  };
  if (emitter.language === 'python') {
    run('python3', '-m', 'venv', 'venv');
    run(join(folder, 'venv/bin/pip'), 'install', '--quiet', ...packages);
  } else {
    writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
    run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', ...packages);
  }
  writeFileSync(stamp, digest);
  return folder;
}

/** The versions that are there of the packages that the script declares. */
export function installedVersions(
  emitter: EmitterScript,
  folder: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    emitter.packages.map((declared) => {
      const name = pinOf(declared).name.replace(/\[.*$/, '');
      const read = emitter.language === 'python' ? pythonVersion : nodeVersion;
      return [name, read(folder, name)];
    }),
  );
}

function pythonVersion(folder: string, name: string): string {
  const program = `import importlib.metadata as m; print(m.version(${JSON.stringify(name)}))`;
  return execFileSync(join(folder, 'venv/bin/python'), ['-c', program]).toString().trim();
}

function nodeVersion(folder: string, name: string): string {
  const manifest = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
