import type { Mapped } from './export-log.ts';
import type { EnvelopeSettings } from './hec.ts';
import { envelopeOf } from './hec.ts';
import { toOcsf } from './ocsf.ts';
import type { SealedLeaf } from './sealed-leaf.ts';
import { recordOfLeaf } from './sealed-leaf.ts';

export type MapSettings = {
  readonly envelope: EnvelopeSettings;
  readonly productVersion: string;
  /** Tenants whose records the destination may see. */
  readonly tenants: ReadonlySet<string>;
  /** `all`: each revision is an event of its own. `first`: later revisions are not sent. */
  readonly revisions: 'all' | 'first';
};

/** What the destination is told of a leaf. The tenant is the one the leaf was sealed under, never one that its content names. */
export function mapLeaf(leaf: SealedLeaf, settings: MapSettings): Mapped {
  if (!settings.tenants.has(leaf.tenant)) return { kind: 'filtered' };
  const told = recordOfLeaf(leaf.leaf);
  if (told === undefined) return { kind: 'unreadable' };
  const { record } = told;
  if (settings.revisions === 'first' && record.revision > 0) return { kind: 'filtered' };
  const json = readable(() =>
    envelopeOf(toOcsf(leaf, told, settings.productVersion), record.facts.timeUs, settings.envelope),
  );
  if (json === undefined) return { kind: 'unreadable' };
  const { leafIndex, tenant } = leaf;
  const { recordId } = record;
  return {
    kind: 'event',
    event: { leafIndex, tenant, recordId, json, bytes: Buffer.byteLength(json) },
  };
}

// A later version may have sealed what this one has no words for, e.g. another outcome: no leaf ends the exporter.
function readable(map: () => string): string | undefined {
  try {
    return map();
  } catch {
    return undefined;
  }
}
