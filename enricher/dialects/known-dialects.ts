import type { Attributes, Span } from '../../otlp/span.ts';
import { identityAttributes } from '../../schemas/identity-attributes.ts';
import type { Subject } from '../../schemas/record-types.ts';
import { allDialects } from './all-dialects.ts';
import type { Dialect, Parts, TextSlot } from './dialect.ts';
import { slotEntries, textSlots } from './dialect.ts';
import {
  argumentKeys,
  decisionKinds,
  failureKeys,
  flattenedKeys,
  generalBundles,
  generalKeys,
  machineKeys,
  resultKeys,
  roleKeys,
  standardKeys,
  tellingSlots,
} from './general-keys.ts';
import type { NamePattern } from './name-pattern.ts';
import { fits, namePattern } from './name-pattern.ts';
import { general, standard } from './standard.ts';

/** What an attribute is read as. A lower rank wins over a higher one in the same slot. */
export type KeyUse =
  | {
      readonly as: 'text';
      readonly slot: TextSlot;
      readonly slotIndex: number;
      readonly rank: number;
      /** Shows an emitter that does not follow the standard. */
      readonly foreign: boolean;
      /** Of a decision: what kind its key says that it is. */
      readonly decides: string | null;
    }
  | { readonly as: 'identity'; readonly key: string; readonly subject: Subject }
  | { readonly as: 'failure'; readonly says: ReadonlyMap<string, boolean> }
  | {
      readonly as: 'arguments' | 'result';
      readonly rank: number;
      /** Members of it that say more. */
      readonly parts: Parts | null;
    }
  | { readonly as: 'bundle'; readonly parts: Parts }
  /** What the dialect goes by, or knows to say nothing, is `known`. */
  | { readonly as: 'roles' | 'receipts' | 'truncated' | 'definitions' | 'known' };

export type Flattened = readonly (readonly [beginning: string, as: 'arguments' | 'result'])[];

/** A dialect with its keys turned round: one look-up an attribute tells what it is read as. */
export type Reader = {
  readonly dialect: Dialect;
  readonly uses: ReadonlyMap<string, KeyUse>;
  readonly flattened: Flattened;
  /** Values that the emitter writes otherwise. */
  readonly values: readonly (readonly [TextSlot, ReadonlyMap<string, string>])[];
  /** Members of flattened arguments that repeat what a slot says. */
  readonly repeats: readonly (readonly [TextSlot, string])[];
};

/**
 * The reader of a span: of its scope's exact name, then of its scope's beginning, then of what the span itself shows; else the general
 * one.
 */
export function readerOf(span: Span): Reader {
  const { scopeName } = span;
  const known = byScope.get(scopeName) ?? byScopeBeginning(scopeName);
  return known ?? byFingerprint(span) ?? generalReader;
}

/** Ranks of the dialect's own keys come before those of the general ones. */
const OWN_KEYS_MAX = 32;

export const generalReader: Reader = compile(general);
export { general, standard };

const byScope = new Map<string, Reader>();
const beginnings: (readonly [string, Reader])[] = [];
const byKey = new Map<string, Reader>();
const byResourceKey = new Map<string, Reader>();
const byName: (readonly [NamePattern, Reader])[] = [];

for (const dialect of allDialects) {
  const reader = compile(dialect);
  for (const scope of dialect.scopes) byScope.set(scope, reader);
  for (const beginning of dialect.scopePrefixes ?? []) beginnings.push([beginning, reader]);
  const { keys = [], resourceKeys = [], names = [] } = dialect.fingerprint ?? {};
  for (const key of keys) byKey.set(key, reader);
  for (const key of resourceKeys) byResourceKey.set(key, reader);
  for (const name of names) byName.push([namePattern(name), reader]);
}

// Few scopes come again and again: what their beginnings say is remembered, a bounded number of them.
const SCOPES_MAX = 512;
const seenScopes = new Map<string, Reader | null>();

function byScopeBeginning(scope: string): Reader | undefined {
  if (scope === '') return undefined;
  const seen = seenScopes.get(scope);
  if (seen !== undefined) return seen ?? undefined;
  const found = beginnings.find(([beginning]) => scope.startsWith(beginning))?.[1];
  if (seenScopes.size >= SCOPES_MAX) seenScopes.clear();
  seenScopes.set(scope, found ?? null);
  return found;
}

function byFingerprint(span: Span): Reader | undefined {
  for (const key of span.attributes.keys()) {
    const reader = byKey.get(key);
    if (reader) return reader;
  }
  const named = byName.find(([pattern]) => fits(pattern, span.name));
  return named?.[1] ?? byResource(span.resource);
}

function byResource(resource: Attributes): Reader | undefined {
  for (const [key, reader] of byResourceKey) if (resource.has(key)) return reader;
  return undefined;
}

function compile(dialect: Dialect): Reader {
  const uses = new Map<string, KeyUse>();
  const add = (key: string, use: KeyUse): void => {
    if (!uses.has(key)) uses.set(key, use);
  };
  // What the dialect itself says of a key holds before what the general tables say.
  compileSlots(dialect.keys ?? {}, dialect, add);
  compilePayload(dialect, add);
  for (const [key, parts] of Object.entries(dialect.bundles ?? {}))
    add(key, { as: 'bundle', parts });
  for (const [key, says] of Object.entries(dialect.failures ?? {})) {
    add(key, { as: 'failure', says: new Map(Object.entries(says)) });
  }
  for (const key of roleKeys) add(key, { as: 'roles' });
  for (const [key, says] of failureKeys) add(key, { as: 'failure', says });
  for (const { key, subject } of [...identityAttributes, ...machineKeys]) {
    add(key, { as: 'identity', key, subject: dialect.subjects?.[key] ?? subject });
  }
  compileSlots(generalKeys, dialect, add);
  add('waybill.receipts', { as: 'receipts' });
  add('waybill.truncated', { as: 'truncated' });
  add('gen_ai.tool.definitions', { as: 'definitions' });
  const claimed = Object.values(dialect.keys ?? {}).flat();
  for (const key of dialect.ignores ?? [])
    if (!claimed.includes(key)) uses.set(key, { as: 'known' });
  const telling = [dialect.fingerprint?.keys ?? [], dialect.answers ?? [], whereKeys(dialect)];
  for (const key of telling.flat()) add(key, { as: 'known' });
  const values = slotEntries(dialect.values ?? {}).map(
    ([slot, words]) => [slot, new Map(Object.entries(words))] as const,
  );
  return {
    dialect,
    uses,
    values,
    flattened: Object.entries(dialect.flattened ?? flattenedOf(dialect)),
    repeats: slotEntries(dialect.repeats ?? {}),
  };
}

function whereKeys({ rules = [] }: Dialect): readonly string[] {
  return rules.flatMap(({ where = {} }) => Object.keys(where));
}

function flattenedOf(dialect: Dialect): NonNullable<Dialect['flattened']> {
  return dialect === general ? flattenedKeys : {};
}

type Add = (key: string, use: KeyUse) => void;

function compileSlots(table: NonNullable<Dialect['keys']>, dialect: Dialect, add: Add): void {
  const own = table === dialect.keys;
  for (const [slotIndex, slot] of textSlots.entries()) {
    for (const [place, key] of (table[slot] ?? []).entries()) {
      const rank = own ? place : place + OWN_KEYS_MAX;
      const foreign = tellingSlots.has(slot) && !standardKeys.has(key);
      const decides = slot === 'policyDecision' ? decisionKindOf(key) : null;
      add(key, { as: 'text', slot, slotIndex, rank, foreign, decides });
    }
  }
}

function decisionKindOf(key: string): string | null {
  return decisionKinds.find(([beginning]) => key.startsWith(beginning))?.[1] ?? null;
}

function compilePayload(dialect: Dialect, add: Add): void {
  const keysOf = { arguments: argumentKeys, result: resultKeys };
  for (const as of ['arguments', 'result'] as const) {
    for (const [rank, key] of [...(dialect[as] ?? []), ...keysOf[as]].entries()) {
      add(key, { as, rank, parts: dialect.bundles?.[key] ?? generalBundles[key] ?? null });
    }
  }
}
