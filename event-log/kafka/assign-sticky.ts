export type Member = {
  readonly id: string;
  /** Partitions that it works on at the moment. */
  readonly owned: readonly number[];
};

/**
 * Shares partitions out evenly, moving as few as that allows. The same members give the same shares, in whatever order they come.
 * Two members may claim one partition after a pause of either: the first by id keeps it, and the owner's fence decides.
 */
export function assignSticky(
  members: readonly Member[],
  partitions: number,
): ReadonlyMap<string, readonly number[]> {
  const free = new Set(Array.from({ length: partitions }, (_, partition) => partition));
  const sorted = members.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const claims = sorted.map(({ id, owned }) => {
    const claimed = [...new Set(owned)].filter((partition) => free.delete(partition));
    return { id, claimed: claimed.toSorted((a, b) => a - b) };
  });
  const least = Math.floor(partitions / Math.max(1, members.length));
  let withOneMore = partitions - least * members.length;
  const shares = new Map<string, number[]>();
  // Who has most keeps the one more that some must have.
  for (const { id, claimed } of claims.toSorted((a, b) => b.claimed.length - a.claimed.length)) {
    const mayHave = claimed.length > least && withOneMore > 0 ? least + 1 : least;
    if (mayHave > least) withOneMore -= 1;
    shares.set(id, claimed.slice(0, mayHave));
    for (const partition of claimed.slice(mayHave)) free.add(partition);
  }
  const rest = [...free].toSorted((a, b) => a - b);
  for (const { id } of claims) {
    const share = shares.get(id) ?? [];
    while (share.length < least && rest.length > 0) share.push(...rest.splice(0, 1));
  }
  for (const { id } of claims) {
    const share = shares.get(id) ?? [];
    if (share.length <= least && rest.length > 0) share.push(...rest.splice(0, 1));
    shares.set(
      id,
      share.toSorted((a, b) => a - b),
    );
  }
  return shares;
}
