import type { KeyRing } from '../registry/key-ring.ts';
import { keyVersions } from '../registry/key-ring.ts';
import type { RegistryView } from '../registry/view.ts';
import { EnricherError } from './errors.ts';

/**
 * Makes sure that the ring has the key versions that are in force; one that came into force a moment ago is looked for. Throws
 * `ENRICHER_KEY_MISSING`: to go on without would set aside every record of that tenant.
 */
export async function requireKeys(keys: KeyRing | null, registry: RegistryView): Promise<void> {
  if (keys === null || missingKeys(keys, registry).length === 0) return;
  await keys.refresh();
  const missing = missingKeys(keys, registry);
  if (missing.length > 0) throw new EnricherError('ENRICHER_KEY_MISSING', `${missing.join(', ')}.`);
}

function missingKeys(keys: KeyRing, { tenants }: RegistryView): readonly string[] {
  return [...tenants].flatMap(([tenant, { redaction }]) => {
    const { keyVersion } = redaction.policy;
    return keyVersions(keys, tenant).includes(keyVersion) ? [] : [`${tenant}.v${keyVersion}.key`];
  });
}
