// Runs the faults under load: `npm run test:faults -- [--seeds N] [--outage-seconds N] [what else vitest takes]`. Seeds are 1 to N, or one
// by its number with `--seed`.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values, tokens } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10' },
    seed: { type: 'string' },
    'outage-seconds': { type: 'string', default: '60' },
  },
  strict: false,
  tokens: true,
});

function countOf(name: 'seeds' | 'seed' | 'outage-seconds'): number {
  const count = Number(values[name]);
  if (Number.isInteger(count) && count > 0) return count;
  throw new Error(`test:faults: --${name} must be a whole number above 0.`);
}

const first = values.seed === undefined ? 1 : countOf('seed');
const last = values.seed === undefined ? countOf('seeds') : first;
const seeds = Array.from({ length: last - first + 1 }, (_, at) => first + at);
const own: ReadonlySet<string> = new Set(['seeds', 'seed', 'outage-seconds']);
const rest = tokens.flatMap((token) => {
  if (token.kind === 'positional') return [token.value];
  if (token.kind !== 'option' || own.has(token.name)) return [];
  return token.value === undefined ? [token.rawName] : [token.rawName, token.value];
});
const { status } = spawnSync('vitest', ['run', '--config', 'vitest.faults.config.ts', ...rest], {
  stdio: 'inherit',
  env: {
    ...process.env,
    WAYBILL_FAULT_SEEDS: seeds.join(','),
    WAYBILL_FAULT_OUTAGE_MS: String(1000 * countOf('outage-seconds')),
  },
});
process.exitCode = status ?? 1;
