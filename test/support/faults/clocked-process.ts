import fs, { existsSync, readFileSync } from 'node:fs';
import { flushCompileCache, syncBuiltinESMExports } from 'node:module';

// Loaded into a process before its program: its clock can be moved while it runs, by the milliseconds that one file says, and its disk is full
// while another is there. Time that is measured (`performance.now`) is not moved, as no clock's correction moves it.
const clockFile = process.env['WAYBILL_CLOCK_FILE'] ?? '';
const fullFile = process.env['WAYBILL_FULL_FILE'] ?? '';
const LOOK_MS = 50;
const COMPILED_AFTER_MS = 4000;
const RealDate = Date;
let movedMs = 0;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given: [], newTarget: NewableFunction) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget) as Date,
  apply: () => new RealDate(now()).toString(),
  get: (target, name, receiver): unknown =>
    name === 'now' ? now : Reflect.get(target, name, receiver),
});

function now(): number {
  return RealDate.now() + movedMs;
}

setInterval(() => {
  try {
    movedMs = Number(readFileSync(clockFile, 'utf8'));
  } catch {
    // Nobody has moved it yet.
  }
}, LOOK_MS).unref();

const statfs = fs.statfsSync;
Object.assign(fs, {
  statfsSync: (path: string) => {
    const told = statfs(path);
    return existsSync(fullFile) ? Object.assign(told, { bavail: 0 }) : told;
  },
});
syncBuiltinESMExports();

// Kept early, since a killed process keeps nothing: its successor then starts in half the time.
setTimeout(flushCompileCache, COMPILED_AFTER_MS).unref();

// A limit on the size of files is to fail the write, not to end the process.
process.on('SIGXFSZ', () => undefined);
