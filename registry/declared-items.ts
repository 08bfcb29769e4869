import type { RegistryEvent } from '../schemas/record-types.ts';
import { parseRegistryBody } from './body.ts';
import { parseRetentionBody } from './retention-policy.ts';

/** One declared thing, as a row of table `registry` tells it. */
export type DeclaredItem = {
  readonly kind: 'team' | 'agent' | 'server' | 'retention';
  readonly id: string;
  readonly name: string;
  /** Empty where none was declared, as in the table. */
  readonly team: string;
  readonly owner: string;
  readonly status: string;
  /** The whole declaration as JSON. */
  readonly document: string;
};

/** What an event declares; nothing when it is of another type. */
export function declaredItems(event: RegistryEvent): readonly DeclaredItem[] {
  if (event.type === 'retention_declared') {
    const policy = parseRetentionBody(event.body);
    return [item('retention', { id: 'retention', name: 'retention', team: '', document: policy })];
  }
  if (event.type !== 'registry_applied') return [];
  const { teams, agents, servers } = parseRegistryBody(event.body);
  return [
    ...teams.map((team) =>
      item('team', { id: team.id, name: team.name, team: team.id, document: team }),
    ),
    ...agents.map((agent) => item('agent', { ...named(agent), document: agent })),
    ...servers.map((server) =>
      item('server', { ...named(server), status: server.status, document: server }),
    ),
  ];
}

type Named = {
  readonly name: string;
  readonly team: string | null;
  readonly owner: string | null;
};

function named({ name, team, owner }: Named) {
  return { id: name, name, team: team ?? '', owner: owner ?? '' };
}

function item(
  kind: DeclaredItem['kind'],
  fields: Pick<DeclaredItem, 'id' | 'name' | 'team'> & {
    readonly owner?: string;
    readonly status?: string;
    readonly document: object;
  },
): DeclaredItem {
  return { kind, owner: '', status: '', ...fields, document: JSON.stringify(fields.document) };
}
