import { equalBytes, readDecimal } from './bytes.ts';
import { IntegrityError } from './errors.ts';
import type { KeyUse, VerifierKey } from './verifier-key.ts';
import { parseVerifierKey } from './verifier-key.ts';

/** Whom a verifier believes. Source: C2SP tlog-policy. */
export type Policy = {
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  readonly groups: readonly PolicyGroup[];
  /** A witness or group; nothing where no cosignature is asked for (`quorum none`). */
  readonly quorum: string | undefined;
};

export type PolicyLog = { readonly key: VerifierKey; readonly url?: string };

/** `name` has a meaning in this policy only. */
export type PolicyWitness = PolicyLog & { readonly name: string };

/** Holds when at least `threshold` of its members, witnesses or groups, do. */
export type PolicyGroup = {
  readonly name: string;
  readonly threshold: number;
  readonly members: readonly string[];
};

/** The longest policy that is read, in UTF-16 code units. */
export const POLICY_LENGTH_MAX = 256 * 1024;
/** Witnesses and groups, each; the format recommends at least 32. */
const DEFINITIONS_MAX = 64;
/** Logs: one a partition, each with a line for each of its keys. */
const LOGS_MAX = 2_048;

/** Reads a policy file; POLICY_MALFORMED with the line where it breaks the format. */
export function parsePolicy(text: string): Policy {
  if (text.length > POLICY_LENGTH_MAX) throw malformed('it is too long');
  const draft: Draft = { logs: [], witnesses: [], groups: [], members: new Set(), quorums: [] };
  text.split('\n').forEach((line, index) => readLine(draft, line, index + 1));
  const [quorum, ...more] = draft.quorums;
  if (quorum === undefined || more.length > 0) throw malformed('it has not exactly one quorum');
  const { logs, witnesses, groups } = draft;
  return { logs, witnesses, groups, quorum: quorum === 'none' ? undefined : quorum };
}

/** Whether witnesses of these names in the policy are enough. */
export function meetsQuorum(policy: Policy, cosigned: ReadonlySet<string>): boolean {
  return policy.quorum === undefined || holds(policy, policy.quorum, cosigned);
}

/** Ends: a group's members are defined above it. */
function holds(policy: Policy, name: string, cosigned: ReadonlySet<string>): boolean {
  const group = policy.groups.find((one) => one.name === name);
  if (group === undefined) return cosigned.has(name);
  const holding = group.members.filter((member) => holds(policy, member, cosigned));
  return holding.length >= group.threshold;
}

type Draft = {
  readonly logs: PolicyLog[];
  readonly witnesses: PolicyWitness[];
  readonly groups: PolicyGroup[];
  /** Names that are already in a group: each counts in one way only. */
  readonly members: Set<string>;
  readonly quorums: string[];
};

function readLine(draft: Draft, line: string, number: number): void {
  if (!hasPlainCharacters(line)) throw malformed(`line ${number} has a control character`);
  const [keyword, ...items] = line.split(/[ \t]/).filter((item) => item !== '');
  if (keyword === undefined || keyword.startsWith('#')) return;
  try {
    define(draft, keyword, items);
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    throw malformed(`line ${number}: ${error.message}`);
  }
}

function define(draft: Draft, keyword: string, items: readonly string[]): void {
  if (keyword === 'log') return defineLog(draft, items);
  if (keyword === 'witness') return defineWitness(draft, items);
  if (keyword === 'group') return defineGroup(draft, items);
  if (keyword === 'quorum') return defineQuorum(draft, items);
  throw malformed('it begins with none of log, witness, group, quorum');
}

function defineLog({ logs }: Draft, items: readonly string[]): void {
  logs.push(readKey(items, 'ed25519', logs, LOGS_MAX));
}

function defineWitness(draft: Draft, [name, ...items]: readonly string[]): void {
  const fresh = freshName(draft, name);
  const known = draft.witnesses;
  known.push({ name: fresh, ...readKey(items, 'cosignature', known, DEFINITIONS_MAX) });
}

function readKey(
  items: readonly string[],
  use: KeyUse,
  known: readonly PolicyLog[],
  most: number,
): PolicyLog {
  const [vkey, url, ...more] = items;
  if (vkey === undefined || more.length > 0) throw malformed('it wants a key, and at most a URL');
  const key = parseVerifierKey(vkey);
  if (key.use !== use) throw malformed('the key is of another type than such a line wants');
  if (known.some((other) => isSameKey(other.key, key))) throw malformed('the key is given twice');
  if (known.length >= most) throw malformed(`more than ${most} of these`);
  return url === undefined ? { key } : { key, url };
}

/** The same public key under any name, or a name and id that a note could not tell apart. */
function isSameKey(one: VerifierKey, other: VerifierKey): boolean {
  const sameMark = one.name === other.name && one.keyId === other.keyId;
  return sameMark || equalBytes(one.publicKey, other.publicKey);
}

function defineGroup(draft: Draft, [name, count, ...members]: readonly string[]): void {
  const fresh = freshName(draft, name);
  for (const member of members) {
    if (!isDefined(draft, member)) throw malformed(`${member} is not defined above`);
    if (draft.members.has(member)) throw malformed(`${member} is in a group already`);
    draft.members.add(member);
  }
  const threshold = readThreshold(count ?? '', members.length);
  if (draft.groups.length >= DEFINITIONS_MAX)
    throw malformed(`more than ${DEFINITIONS_MAX} groups`);
  draft.groups.push({ name: fresh, threshold, members });
}

function readThreshold(text: string, members: number): number {
  const threshold = text === 'all' ? members : text === 'any' ? 1 : readDecimal(text);
  if (threshold === undefined || threshold < 1 || threshold > members) {
    throw malformed('its threshold is none of all, any, and 1 to the number of members');
  }
  return threshold;
}

function defineQuorum(draft: Draft, items: readonly string[]): void {
  const [name, ...more] = items;
  if (name === undefined || more.length > 0) throw malformed('a quorum is one name');
  if (name !== 'none' && !isDefined(draft, name)) throw malformed(`${name} is not defined above`);
  draft.quorums.push(name);
}

function freshName(draft: Draft, name: string | undefined): string {
  if (name === undefined || name === 'none' || isDefined(draft, name)) {
    throw malformed('its name is missing, `none`, or defined already');
  }
  return name;
}

function isDefined({ witnesses, groups }: Draft, name: string): boolean {
  return [...witnesses, ...groups].some((one) => one.name === name);
}

/** No control character but the tab. */
function hasPlainCharacters(line: string): boolean {
  for (let at = 0; at < line.length; at += 1) {
    const code = line.charCodeAt(at);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return false;
  }
  return line.isWellFormed();
}

function malformed(why: string): IntegrityError {
  return new IntegrityError('POLICY_MALFORMED', why);
}
