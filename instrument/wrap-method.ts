export type Method = (...args: readonly unknown[]) => unknown;

/**
 * Puts a method of one object into another; gives back how to undo it. `original` runs on the target itself. If somebody else has
 * wrapped it since, undoing leaves theirs in place.
 */
export function wrapMethod(
  target: object,
  name: string,
  wrap: (original: Method) => Method,
): () => void {
  const found: unknown = Reflect.get(target, name);
  if (typeof found !== 'function') return () => undefined;
  const wrapper = wrap((...args) => Reflect.apply(found, target, args));
  // Callbacks of some transports are accessors, so this sets rather than defines.
  Reflect.set(target, name, wrapper);
  return () => {
    if (Reflect.get(target, name) === wrapper) Reflect.set(target, name, found);
  };
}

/** Calls `settled` once with how a call ended, and gives back or throws exactly what the call did. */
export function observe(call: () => unknown, settled: (end: End) => void): unknown {
  let returned: unknown;
  try {
    returned = call();
  } catch (error) {
    settled({ kind: 'failed', error });
    throw error;
  }
  if (!(returned instanceof Promise)) {
    settled({ kind: 'returned', value: returned });
    return returned;
  }
  // A branch of its own that never rejects: the caller's promise is the one it would have had.
  void returned.then(
    (value: unknown) => settled({ kind: 'returned', value }),
    (error: unknown) => settled({ kind: 'failed', error }),
  );
  return returned;
}

export type End =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: unknown };
