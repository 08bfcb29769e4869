import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { AnchorError } from '../../anchors/errors.ts';
import { witnessServer } from '../../anchors/serve-witness.ts';
import { openWitnessKey } from '../../anchors/witness-key.ts';
import { openWitnessMemory } from '../../anchors/witness-memory.ts';
import type { WitnessMemory } from '../../anchors/witness-memory.ts';
import { IntegrityError } from '../../integrity/errors.ts';
import { parsePolicy } from '../../integrity/policy.ts';
import type { Policy } from '../../integrity/policy.ts';
import { formatVerifierKey } from '../../integrity/verifier-key.ts';
import type { Arguments, Command } from '../command.ts';
import { endOnSignal } from '../end-on-signal.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { makeFolder } from '../make-folder.ts';

/** Runs a tlog-witness: it cosigns checkpoints of the logs of a policy that continue what it cosigned before, and nothing else. */
export const witnessCommand: Command = {
  name: 'witness',
  summary: 'run a witness that cosigns what continues what it has seen',
  positionals: [],
  options: {
    name: { type: 'string', value: 'NAME', means: 'its name, e.g. witness.example/w1' },
    policy: { type: 'string', value: 'FILE', means: 'a tlog-policy: whose logs it witnesses' },
    folder: { type: 'string', value: 'DIR', means: 'its key and memory (./waybill-witness)' },
    host: { type: 'string', value: 'ADDRESS', means: 'address to listen on (127.0.0.1)' },
    port: { type: 'string', value: 'N', means: 'port (4327; 0: a free one)' },
    json: { type: 'boolean', means: 'one JSON line with address and key when ready' },
  },
  examples: [
    'waybill witness --name witness.example/w1 --policy policy.txt --folder /var/lib/witness',
  ],
  async run(given, terminal) {
    const name = needed(given, 'name');
    const policy = await readPolicy(needed(given, 'policy'));
    const folder = given.text('folder') ?? 'waybill-witness';
    await makeFolder(folder, 0o700);
    const signer = await openWitnessKey(join(folder, 'witness.key'), name).catch(failed);
    const memory = openMemory(join(folder, 'witness.db'));
    const parts = { policy, signer, memory, now: () => Date.now() };
    const server = witnessServer(parts, (error) =>
      terminal.note(`waybill witness: ${String(error)}`),
    );
    const ending = endOnSignal(terminal);
    try {
      const url = await listen(server, given);
      const key = formatVerifierKey(signer.key);
      terminal.out(given.flag('json') ? JSON.stringify({ url, key }) : `${url}\n${key}`);
      await ending;
    } finally {
      server.close();
      server.closeAllConnections();
      memory.close();
    }
    return exitCodes.ok;
  },
};

async function listen(server: Server, given: Arguments): Promise<string> {
  const text = given.text('port') ?? '4327';
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  if (port > 65_535)
    throw new CommandFailure('usage', `waybill witness: --port ${text} is no port.`);
  const host = given.text('host') ?? '127.0.0.1';
  server.listen(port, host);
  await once(server, 'listening').catch((error: unknown) => {
    throw new CommandFailure('failed', `waybill witness: ${host}:${port} is not to be had.`, error);
  });
  const address = server.address();
  const taken = typeof address === 'object' && address ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${taken}`;
}

async function readPolicy(path: string): Promise<Policy> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CommandFailure('failed', `waybill witness: ${path} cannot be read.`, error);
  });
  try {
    return parsePolicy(text);
  } catch (error) {
    return failed(error);
  }
}

function openMemory(path: string): WitnessMemory {
  try {
    return openWitnessMemory(path);
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): never {
  if (error instanceof AnchorError || error instanceof IntegrityError) {
    throw new CommandFailure('failed', `waybill witness: ${error.message}`, error);
  }
  throw error;
}

function needed(given: Arguments, option: string): string {
  const value = given.text(option);
  if (value === undefined)
    throw new CommandFailure('usage', `waybill witness: --${option} is missing.`);
  return value;
}
