import { readPeerAddress } from '../inner-http/peer-settings.ts';
import { openFileSigner } from '../signer/file-signer.ts';
import { openRemoteSigner } from '../signer/remote-signer.ts';
import type { Signer } from '../signer/signer.ts';
import type { LedgerConfig } from './config.ts';
import { LedgerError } from './errors.ts';
import { logIdsOf } from './log-sources.ts';

/** The signer: in this process with a folder, or one that is a process of its own. */
export async function openSigner({
  signer,
  signerFolder,
  partitions,
}: LedgerConfig): Promise<Signer> {
  if (signer) return openRemoteSigner(await readPeerAddress(signer));
  if (signerFolder === null) {
    throw new LedgerError('LEDGER_CONFIG_INVALID', 'signerFolder is missing.');
  }
  const own = await openFileSigner(signerFolder);
  // The folder has the policy from the start on, for an auditor beside.
  await own.policy(logIdsOf(partitions));
  return own;
}
