import { RegistryError } from '../registry/errors.ts';
import type { KeyRing } from '../registry/key-ring.ts';
import { readKeyRing } from '../registry/key-ring.ts';
import { CollectorError } from './errors.ts';

/** The deployment's keys. Throws `COLLECTOR_MASTER_KEY_INVALID`, never showing one. */
export async function readKeys(masterKeyFile: string): Promise<KeyRing> {
  try {
    return await readKeyRing(masterKeyFile);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    throw new CollectorError('COLLECTOR_MASTER_KEY_INVALID', error.message, { cause: error });
  }
}
