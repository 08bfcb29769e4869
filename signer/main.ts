import { readClients } from '../inner-http/clients.ts';
import { serve } from '../inner-http/serve.ts';
import { openStore } from '../record-store/clickhouse.ts';
import type { RecordStore } from '../record-store/clickhouse.ts';
import { readPassword } from '../record-store/passwords.ts';
import type { RunningRole } from '../schemas/role.ts';
import { serveOperations } from '../telemetry/serve-operations.ts';
import { answer } from './answer.ts';
import type { SignerConfig } from './config.ts';
import { durableSigner } from './durable-signer.ts';
import { openFileSigner } from './file-signer.ts';
import { createSignerMetrics, renderSignerMetrics } from './metrics.ts';

/** Starts the one signer of a deployment, for ledgers on any machine. It is its folder's only process. */
export async function startSigner(config: SignerConfig): Promise<RunningRole> {
  const clients = await readClients(config.clients);
  const metrics = createSignerMetrics();
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closers.toReversed()) await one();
  };
  try {
    const own = await openFileSigner(config.folder);
    closers.push(async () => own.close());
    const store = config.store && (await storeOf(config.store));
    if (store) closers.push(async () => store.close());
    const signer = store ? durableSigner(own, store) : own;
    const operations = await serveOperations({
      host: config.metricsHost,
      port: config.metricsPort,
      render: () => renderSignerMetrics(metrics),
      notReady: () => (metrics.trouble === null ? [] : [`it cannot sign: ${metrics.trouble}`]),
    });
    closers.push(async () => operations.close());
    const role = await serve(config, {
      role: 'signer',
      address: 'signer',
      answer: async (request) => answer({ signer, clients, metrics }, request),
      close,
    });
    return { ...role, addresses: { ...role.addresses, signerMetrics: operations.url } };
  } catch (error) {
    await close();
    throw error;
  }
}

async function storeOf({
  url,
  username,
  passwordFile,
}: NonNullable<SignerConfig['store']>): Promise<RecordStore> {
  return openStore({ url, username, password: await readPassword(passwordFile) });
}
