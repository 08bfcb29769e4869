import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileSigner } from '../../../signer/file-signer.ts';
import { openRemoteSigner } from '../../../signer/remote-signer.ts';
import { startRoleProcess } from '../../support/kafka/roles.ts';
import { testSignerContract } from './signer-contract.ts';

const TOKEN = '5a'.repeat(32);

testSignerContract('a folder in this process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-signer-'));
  return {
    open: async () => openFileSigner(folder),
    restart: async () => Promise.resolve(),
    destroy: async () => rm(folder, { recursive: true }),
  };
});

testSignerContract('a process of its own, killed at a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-signer-'));
  const config = join(folder, 'waybill.yaml');
  const tokenFile = join(folder, 'ledger.token');
  await writeFile(tokenFile, TOKEN, { mode: 0o600 });
  const clients = [{ name: 'ledger', tokenFile }];
  const signer = { port: 0, folder: join(folder, 'signer'), clients };
  await writeFile(config, JSON.stringify({ signer }));
  let process = await startRoleProcess('signer', config);
  return {
    open: async () =>
      Promise.resolve(openRemoteSigner({ url: process.addresses['signer'] ?? '', token: TOKEN })),
    restart: async () => {
      await process.kill();
      process = await startRoleProcess('signer', config);
    },
    destroy: async () => {
      await process.kill();
      await rm(folder, { recursive: true });
    },
  };
});
