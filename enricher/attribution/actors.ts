/**
 * The actors of a delegated token, in the order in which they were delegated to: the claim `act` (RFC 8693) has the current actor
 * outermost and each earlier one inside. A text that is no JSON is the one actor.
 */
export function actorsOf(text: string): readonly string[] {
  const actors: string[] = [];
  let claim = parsed(text);
  if (claim === undefined) return [text];
  while (isObject(claim) && actors.length < ACTORS_MAX) {
    const { sub, client_id: clientId, act } = claim;
    const name = typeof sub === 'string' ? sub : clientId;
    if (typeof name === 'string' && name !== '') actors.unshift(name);
    claim = act;
  }
  return actors;
}

const ACTORS_MAX = 8;

function parsed(text: string): unknown {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
