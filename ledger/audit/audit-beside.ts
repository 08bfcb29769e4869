import { policyFileIn } from '../../signer/file-signer.ts';
import type { RunningRole } from '../../schemas/role.ts';
import type { LedgerConfig } from '../config.ts';
import { startAuditor } from './start-auditor.ts';

/**
 * The auditor in the same process, with a user and a view of the log of its own. It begins once the store holds what is sealed: what is being made again is not
 * missing.
 */
export function auditBeside(
  { logDirectory, kafka, partitions, store, signerFolder }: LedgerConfig,
  credential: NonNullable<LedgerConfig['auditor']>,
  checked: Promise<void>,
): Pick<RunningRole, 'failed' | 'stop'> {
  let isStopped = false;
  let begun: Promise<RunningRole> | undefined;
  const failed = checked.then(async () => {
    if (isStopped) return new Promise<never>(() => undefined);
    const { username, passwordFile } = credential;
    const own = { url: store.url, username, passwordFile };
    const policyFile = credential.policyFile ?? policyFileIn(signerFolder ?? '');
    begun = startAuditor({ logDirectory, kafka, partitions, store: own, policyFile });
    return (await begun).failed;
  });
  failed.catch(() => undefined);
  return {
    failed,
    stop: async () => {
      isStopped = true;
      const role = await begun?.catch(() => undefined);
      await role?.stop();
    },
  };
}
