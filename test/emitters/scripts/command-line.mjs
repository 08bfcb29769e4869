// What the scripts of command-line agents share.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A folder of their own to work in, and to keep their settings in. */
export const home = process.env.HOME;

export function writeHome(path, text) {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** Runs a program of the emitter's folder to its end; its words are shown, for they tell why a capture is empty. */
export async function run(command, args, environment = {}) {
  const child = spawn(command, args, {
    cwd: home,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: 120_000,
  });
  const [code] = await once(child, 'exit');
  console.log(`${command} ended with ${code}`);
}

/** Waits for what has to fail: a call that does not would make the capture say something else than the script did. */
export async function expectError(work) {
  try {
    await work;
  } catch (error) {
    console.log(String(error));
    return;
  }
  throw new Error('the call succeeded');
}

/** Packs a part of this repository as its users get it, and puts it among the emitter's packages. */
export function installPacked(packer, name) {
  const folder = join(process.env.EMITTER_FOLDER, 'node_modules', name);
  const program = join(process.env.WAYBILL_FOLDER, packer);
  const tarball = execFileSync(process.execPath, [program, home], { encoding: 'utf8' }).trim();
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
}
