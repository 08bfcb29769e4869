/** What a role knows of its own readiness: what it owns, and whether it is being stopped. */
export type RoleState = {
  /** Runs work on something owned: until it ends, the role owns that. */
  readonly owning: <T>(what: string, work: () => Promise<T>) => Promise<T>;
  readonly drain: () => void;
  /** Reasons why it is not ready, as far as these two go. */
  readonly notReady: () => readonly string[];
};

/** `what` is what it may own, in the plural. */
export function createRoleState(what: string): RoleState {
  // Counted: a partition that comes back can be there twice for a moment.
  const owned = new Map<string, number>();
  let draining = false;
  return {
    owning: async (name, work) => {
      owned.set(name, (owned.get(name) ?? 0) + 1);
      try {
        return await work();
      } finally {
        const left = (owned.get(name) ?? 1) - 1;
        if (left > 0) owned.set(name, left);
        else owned.delete(name);
      }
    },
    drain: () => {
      draining = true;
    },
    notReady: () => {
      if (draining) return ['draining'];
      return owned.size === 0 ? [`owns no ${what}`] : [];
    },
  };
}
