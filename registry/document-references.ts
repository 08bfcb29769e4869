import type { Price } from './body.ts';
import type { RegistryDocument } from './document.ts';
import type { Mistake } from './errors.ts';

/** Mistakes that no single entry shows: names declared twice, teams that nobody declared, prices that contradict each other. */
export function mistakesBetween(document: RegistryDocument): readonly Mistake[] {
  return [
    ...twice(
      'teams',
      'id',
      document.teams.map(({ id }) => id),
    ),
    ...twice(
      'agents',
      'name',
      document.agents.map(({ name }) => name),
    ),
    ...twice(
      'servers',
      'name',
      document.servers.map(({ name }) => name),
    ),
    ...membersTwice(document),
    ...unknownTeams(document),
    ...priceMistakes(document.prices ?? []),
  ];
}

function twice(path: string, key: string, values: readonly string[]): readonly Mistake[] {
  const firstAt = new Map<string, number>();
  return values.flatMap((value, at) => {
    const first = firstAt.get(value);
    if (first === undefined) firstAt.set(value, at);
    return first === undefined
      ? []
      : [{ path: `${path}[${at}].${key}`, message: `is the same as that of ${path}[${first}]` }];
  });
}

// A person in two teams would make it a matter of chance who bears the cost. Compared as principal ids are made.
function membersTwice({ teams }: RegistryDocument): readonly Mistake[] {
  const seenAt = new Map<string, string>();
  return teams.flatMap(({ members }, team) =>
    members.flatMap((member, at) => {
      const normal = member.normalize('NFC').trim().toLowerCase();
      const path = `teams[${team}].members[${at}]`;
      const first = seenAt.get(normal);
      if (first === undefined) seenAt.set(normal, path);
      return first === undefined ? [] : [{ path, message: `is also a member at ${first}` }];
    }),
  );
}

function unknownTeams(document: RegistryDocument): readonly Mistake[] {
  const known = new Set(document.teams.map(({ id }) => id));
  const check = (path: string, entries: readonly { readonly team: string | null }[]) =>
    entries.flatMap(({ team }, at) =>
      team === null || known.has(team)
        ? []
        : [{ path: `${path}[${at}].team`, message: `no team has the id ${JSON.stringify(team)}` }],
    );
  return [...check('agents', document.agents), ...check('servers', document.servers)];
}

function priceMistakes(prices: readonly Price[]): readonly Mistake[] {
  const starts = prices.map((price) => `${pricedThing(price)}\0${Date.parse(price.effectiveFrom)}`);
  const sameStart = twice('prices', 'effectiveFrom', starts);
  const ends = prices.flatMap(({ effectiveFrom, effectiveTo }, at) =>
    effectiveTo !== null && Date.parse(effectiveTo) <= Date.parse(effectiveFrom)
      ? [{ path: `prices[${at}].effectiveTo`, message: 'is not after effectiveFrom' }]
      : [],
  );
  return [
    ...twice(
      'prices',
      'id',
      prices.map(({ id }) => id),
    ),
    ...sameStart,
    ...ends,
  ];
}

function pricedThing(price: Price): string {
  return price.meter === 'tool_call'
    ? `${price.meter}\0${price.server}\0${price.tool}`
    : `${price.meter}\0${price.provider}\0${price.model}`;
}
