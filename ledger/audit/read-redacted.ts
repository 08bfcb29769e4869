import { hash } from 'node:crypto';
import { z } from 'zod';
import { payloadsTable } from '../../schemas/tables.ts';
import { registryLogId } from '../read-control.ts';
import type { AuditedStore } from './audited-store.ts';
import { CHUNK_LEAVES_MAX } from './log-audit.ts';

const redactionLeaf = z.object({
  tenant: z.string(),
  event: z.object({
    type: z.literal('redaction'),
    body: z.string().optional(),
    bodyDigest: z.string(),
  }),
});
const redactionBody = z.object({
  targets: z.array(z.object({ fields: z.array(z.object({ commitment: z.string() })) })),
});

/**
 * What redactions say was taken away that are among the first `signed` leaves of control events: `<tenant> <commitment>`. A leaf that was forged shows in the tree
 * that it stands in; above the signed size it would show nowhere, so nothing there is believed.
 */
export async function readRedacted(
  store: AuditedStore,
  signed: number,
): Promise<ReadonlySet<string>> {
  const redacted = new Set<string>();
  for (let from = 0; from < signed; from += CHUNK_LEAVES_MAX) {
    const to = Math.min(from + CHUNK_LEAVES_MAX, signed);
    const leaves = await store.leaves(registryLogId, from, to);
    const told = leaves.flatMap(({ leaf }) => redactionOf(leaf));
    if (told.length === 0) continue;
    const bodies = await bodiesOf(store, from, to);
    for (const { tenant, event } of told) {
      const body = event.body ?? bodies.get(event.bodyDigest);
      for (const commitment of commitmentsIn(body)) redacted.add(`${tenant} ${commitment}`);
    }
  }
  return redacted;
}

function redactionOf(leaf: string): readonly z.infer<typeof redactionLeaf>[] {
  if (!leaf.includes('"type":"redaction"')) return [];
  const parsed = redactionLeaf.safeParse(jsonOf(leaf));
  return parsed.success ? [parsed.data] : [];
}

/** Bodies too large for their leaf, by their digests. */
async function bodiesOf(
  store: AuditedStore,
  from: number,
  to: number,
): Promise<ReadonlyMap<string, string>> {
  const value = payloadsTable.columns.findIndex(({ name }) => name === 'value');
  const rows = await store.rows('payloads', registryLogId, from, to);
  const bodies = rows.map((row) => Buffer.from(row[value] ?? '', 'base64').toString('utf8'));
  return new Map(bodies.map((body) => [hash('sha256', body), body]));
}

function commitmentsIn(body: string | undefined): readonly string[] {
  if (body === undefined) return [];
  const parsed = redactionBody.safeParse(jsonOf(body));
  if (!parsed.success) return [];
  return parsed.data.targets.flatMap(({ fields }) => fields.map(({ commitment }) => commitment));
}

// What was altered takes nothing away.
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
