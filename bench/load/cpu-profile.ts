import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where a process was busy: shares of its main thread's time that was not idle. */
export type Shares = ReadonlyMap<string, number>;

type ProfileNode = {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
};
type Profile = {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
};

/**
 * Shares by package or room of all `.cpuprofile` files of a folder. What Node does for a caller counts as the caller's: the hashing and writing that kafkajs asks
 * for is kafkajs'.
 */
export function sharesOf(folder: string): Shares {
  const spent = new Map<string, number>();
  const files = readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'));
  for (const file of files) {
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile;
    for (const [owner, time] of timesOf(profile)) {
      spent.set(owner, (spent.get(owner) ?? 0) + time);
    }
  }
  spent.delete('(idle)');
  const total = [...spent.values()].reduce((sum, time) => sum + time, 0);
  const shares = [...spent].map(([owner, time]) => [owner, time / total] as const);
  return new Map(shares.toSorted(([, a], [, b]) => b - a));
}

function timesOf({ nodes, samples, timeDeltas }: Profile): ReadonlyMap<string, number> {
  const parents = new Map<number, ProfileNode>();
  for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node);
  const owners = new Map(nodes.map((node) => [node.id, ownerOf(node, parents)]));
  const times = new Map<string, number>();
  for (const [at, sample] of samples.entries()) {
    const owner = owners.get(sample) ?? '(unknown)';
    times.set(owner, (times.get(owner) ?? 0) + (timeDeltas[at] ?? 0));
  }
  return times;
}

/** The package or room whose code runs, or for which Node's does. */
function ownerOf(node: ProfileNode, parents: ReadonlyMap<number, ProfileNode>): string {
  const { functionName } = node.callFrame;
  if (functionName === '(idle)' || functionName === '(garbage collector)') return functionName;
  for (let at: ProfileNode | undefined = node; at; at = parents.get(at.id)) {
    const { url } = at.callFrame;
    if (url === '' || url.startsWith('node:')) continue;
    const installed = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
    return installed ?? url.replace(ROOT, '').split('/')[0] ?? url;
  }
  return 'Node';
}

const ROOT = new URL('../../', import.meta.url).href;
