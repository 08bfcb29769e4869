/** Keys held in memory for the next record of their trace. */
const CACHED_KEYS_MAX = 65_536;

/** Keys by a name, those least lately put in forgotten first. Null: the key was destroyed. */
export class KeyCache {
  readonly #keys = new Map<string, Uint8Array | null>();

  get(name: string): Uint8Array | null | undefined {
    return this.#keys.get(name);
  }

  put(name: string, key: Uint8Array | null): void {
    this.#keys.delete(name);
    this.#keys.set(name, key);
    if (this.#keys.size <= CACHED_KEYS_MAX) return;
    const [oldest] = this.#keys.keys();
    if (oldest !== undefined) this.#keys.delete(oldest);
  }

  drop(name: string): void {
    this.#keys.delete(name);
  }
}
