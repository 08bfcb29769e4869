// Captures anew what emitters send: `npm run capture:emitters -- [--latest] [--dry-run] [name…]`.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { captureFolder, readCapture } from './captures.ts';
import { compareCaptures } from './compare-captures.ts';
import type { EmitterScript } from './emitter-script.ts';
import { emitterScripts } from './emitter-script.ts';
import { installEmitter, installedVersions } from './install-emitter.ts';
import type { Capture } from './otlp-capture.ts';
import { logsOf, spansOf } from './otlp-capture.ts';
import { runEmitter } from './run-emitter.ts';
import { trimCapture } from './trim-capture.ts';
import { writeJson } from './write-json.ts';

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { latest: { type: 'boolean' }, 'dry-run': { type: 'boolean' } },
});

const known = emitterScripts();
const unknown = names.filter((name) => !known.some((emitter) => emitter.name === name));
if (unknown.length > 0) {
  console.error(
    `no such emitter: ${unknown.join(', ')}; there are ${known.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}

const failed: string[] = [];
for (const emitter of known.filter(({ name }) => names.length === 0 || names.includes(name))) {
  try {
    await captureEmitter(emitter);
  } catch (error) {
    // One emitter that cannot be had does not keep the others from being captured.
    failed.push(emitter.name);
    console.log(`${emitter.name}: ${String(error)}`);
  }
}
if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

async function captureEmitter(emitter: EmitterScript): Promise<void> {
  const folder = installEmitter(emitter, flags.latest === true);
  const versions = installedVersions(emitter, folder);
  const run = await runEmitter(emitter, folder);
  const capture = trimCapture(run.capture, run.places);
  const at = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  console.log(`${emitter.name} (${at.join(', ')}): ${counts(capture)}`);
  for (const problem of run.problems) console.log(`  problem: ${problem}`);
  for (const line of changesOf(emitter.name, capture)) console.log(`  ${line}`);
  if (flags['dry-run'] === true) return;
  const about = {
    emitter: emitter.name,
    versions,
    captured: new Date().toISOString().slice(0, 10),
    script: emitter.path,
  };
  writeCapture(emitter.name, capture, about);
}

function counts(capture: Capture): string {
  return `${spansOf(capture).length} spans, ${logsOf(capture).length} log records`;
}

function changesOf(name: string, capture: Capture): readonly string[] {
  if (!existsSync(`${captureFolder}/${name}/about.json`)) return ['new'];
  const changes = compareCaptures(readCapture(name), capture);
  return changes.length === 0 ? ['says nothing new'] : changes;
}

function writeCapture(name: string, capture: Capture, about: object): void {
  const folder = `${captureFolder}/${name}`;
  mkdirSync(folder, { recursive: true });
  const write = (file: string, value: object): void => {
    const text = writeJson(value);
    const path = `${folder}/${file}`;
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
  };
  write('about.json', about);
  if (spansOf(capture).length > 0) write('traces.json', capture.traces);
  if (logsOf(capture).length > 0) write('logs.json', capture.logs);
}
