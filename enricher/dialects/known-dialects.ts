import { identityAttributes } from '../../schemas/identity-attributes.ts';
import type { Subject } from '../../schemas/record-types.ts';
import type { Dialect, TextSlot } from './dialect.ts';
import { textSlots } from './dialect.ts';
import { fastmcp } from './fastmcp.ts';
import {
  argumentKeys,
  failureKeys,
  generalKeys,
  resultKeys,
  roleKeys,
  standardKeys,
  tellingSlots,
} from './general-keys.ts';
import { mcpPythonSdk } from './mcp-python-sdk.ts';
import { general, standard, waybillInstrument } from './standard.ts';

/** What an attribute is read as. A lower rank wins over a higher one in the same slot. */
export type KeyUse =
  | {
      readonly as: 'text';
      readonly slot: TextSlot;
      readonly slotIndex: number;
      readonly rank: number;
      /** Shows an emitter that does not follow the standard. */
      readonly foreign: boolean;
    }
  | { readonly as: 'identity'; readonly key: string; readonly subject: Subject }
  | { readonly as: 'failure'; readonly says: ReadonlyMap<string, boolean> }
  | { readonly as: 'arguments' | 'result' | 'roles' | 'receipts' | 'truncated' };

/** A dialect with its keys turned round: one look-up an attribute tells what it is read as. */
export type Reader = { readonly dialect: Dialect; readonly uses: ReadonlyMap<string, KeyUse> };

/** The reader of a scope's spans; undefined for a scope that nobody described. */
export function readerOfScope(scope: string): Reader | undefined {
  return byScope.get(scope);
}

const dialects: readonly Dialect[] = [standard, waybillInstrument, mcpPythonSdk, fastmcp, general];

const byScope: ReadonlyMap<string, Reader> = new Map(
  dialects.flatMap((dialect) => {
    const reader = compile(dialect);
    return dialect.scopes.map((scope): [string, Reader] => [scope, reader]);
  }),
);

export const generalReader: Reader = compile(general);
export { general, standard };

function compile(dialect: Dialect): Reader {
  const uses = new Map<string, KeyUse>();
  for (const key of argumentKeys) uses.set(key, { as: 'arguments' });
  for (const key of resultKeys) uses.set(key, { as: 'result' });
  for (const key of roleKeys) uses.set(key, { as: 'roles' });
  for (const [key, says] of failureKeys) uses.set(key, { as: 'failure', says });
  for (const { key, subject } of identityAttributes) {
    uses.set(key, { as: 'identity', key, subject: dialect.subjects?.[key] ?? subject });
  }
  for (const [slotIndex, slot] of textSlots.entries()) compileSlot(dialect, slot, slotIndex, uses);
  uses.set('waybill.receipts', { as: 'receipts' });
  uses.set('waybill.truncated', { as: 'truncated' });
  return { dialect, uses };
}

function compileSlot(
  dialect: Dialect,
  slot: TextSlot,
  slotIndex: number,
  uses: Map<string, KeyUse>,
): void {
  const own = dialect.keys?.[slot] ?? [];
  const keys = [...own, ...(generalKeys[slot] ?? [])];
  for (const [rank, key] of keys.entries()) {
    if (uses.has(key)) continue;
    const foreign = tellingSlots.has(slot) && !standardKeys.has(key);
    uses.set(key, { as: 'text', slot, slotIndex, rank, foreign });
  }
}
