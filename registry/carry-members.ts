import type { EventLog } from '../event-log/event-log.ts';
import { openDirectoryEntry } from '../redaction/principal.ts';
import { topics } from '../schemas/topics.ts';
import type { RegistryBody } from './body.ts';
import type { KeyRing } from './key-ring.ts';
import { principalIdsOf } from './key-ring.ts';
import { tenantKey } from './tenant-keys.ts';

export type CarriedMembers = {
  readonly body: RegistryBody;
  /** Names whose ids under the new key the directory is to learn. */
  readonly people: ReadonlySet<string>;
};

type Where = {
  readonly log: Pick<EventLog, 'range' | 'read'>;
  readonly tenant: string;
  readonly keys: KeyRing;
};

/**
 * The members of teams under every key version, by the names that the directory has: whoever is in a team stays in it when a key is
 * rotated. A member whom the directory has forgotten keeps the ids that stand there.
 */
export async function carryMembers(where: Where, body: RegistryBody): Promise<CarriedMembers> {
  const { tenant, keys } = where;
  const names = await namesOf(where, new Set(body.teams.flatMap(({ members }) => members)));
  const idsOf = (member: string): readonly string[] => {
    const name = names.get(member);
    return name === undefined ? [member] : principalIdsOf(keys, tenant, name);
  };
  const teams = body.teams.map((team) => ({
    ...team,
    members: [...new Set(team.members.flatMap((member) => [member, ...idsOf(member)]))],
  }));
  return { body: { ...body, teams }, people: new Set(names.values()) };
}

const limits = { messagesMax: 1_000, bytesMax: 8 * 1024 * 1024, waitMsMax: 0 } as const;

async function namesOf(
  { log, tenant, keys }: Where,
  members: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  const { start, end } = await log.range(topics.directory, 0);
  for (let offset = start; offset < end && members.size > 0;) {
    const messages = await log.read({ topic: topics.directory, partition: 0, offset }, limits);
    if (messages.length === 0) break;
    for (const { key, value } of messages) {
      const id = key?.startsWith(`${tenant}/`) ? key.slice(tenant.length + 1) : '';
      if (!members.has(id)) continue;
      const name = value === null ? undefined : opened(keys, tenant, id, value);
      if (name === undefined) names.delete(id);
      else names.set(id, name);
    }
    offset = (messages.at(-1)?.offset ?? offset) + 1;
  }
  return names;
}

// An entry that is damaged names nobody.
function opened(
  keys: KeyRing,
  ...[tenant, principalId, value]: readonly [string, string, Uint8Array]
): string | undefined {
  try {
    const key = tenantKey(keys.master, tenant, 'directory');
    return openDirectoryEntry(key, { tenant, principalId }, value).name;
  } catch {
    return undefined;
  }
}
