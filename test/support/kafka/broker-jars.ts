import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Apache Kafka's own jars from Maven Central, kept by version in a folder that git does not see. */
const pom = fileURLToPath(new URL('pom.xml', import.meta.url));
const cache = fileURLToPath(new URL('../../../.cache/parts/', import.meta.url));

function jarsFolder(): string {
  const version = /<version>(\d[\d.]+\.\d+)<\/version>/u.exec(readFileSync(pom, 'utf8'))?.[1];
  return join(cache, `kafka-${version ?? 'unknown'}`);
}

/** The class path of the broker. Throws when the jars were not fetched: a test never downloads. */
export function brokerClassPath(): string {
  const folder = jarsFolder();
  if (existsSync(folder)) return join(folder, '*');
  throw new Error(
    `There are no broker jars in ${folder}: run npm run test:broker, which fetches them.`,
  );
}

function fetchJars(): void {
  const folder = jarsFolder();
  if (existsSync(folder)) return;
  // Into a draft first, so that an interrupted download is never taken for the whole.
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const goals = ['dependency:copy-dependencies', `-DoutputDirectory=${draft}`];
  const options = ['-q', '-B', '-f', pom, `-DbuildDirectory=${join(draft, 'target')}`];
  const { status, error } = spawnSync('mvn', [...options, ...goals], { stdio: 'inherit' });
  if (status !== 0)
    throw new Error('Maven could not fetch the jars of the broker.', { cause: error });
  renameSync(draft, folder);
}

if (import.meta.main) fetchJars();
