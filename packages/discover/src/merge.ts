// Several discovers as one.

import { type Discover, pipe } from "@bal/service";

/**
 * All that the discovers find. A key belongs to the one that inserted it last: the removal of one that does not own it
 * changes nothing. When its owner removes a key it is gone, even if another still knows it.
 *
 * Ends with the last of them (with none: at once); fails with the first that fails, and leaves the others.
 *
 * Merge values, then build services with `mapEndpoints` around the whole: of services that were built before, those
 * that were read and not yet handed on when the reader leaves are closed by nobody.
 *
 * @example
 * ```ts
 * import { list, merge } from "@bal/discover";
 *
 * const keys = new Set();
 * for await (const changes of merge(list(["a", "b"]), list(["c"]))) for (const { key } of changes) keys.add(key);
 * console.log(keys.size); // → 2
 * ```
 *
 * @throws InvalidOptionError
 */
export function merge<K, S>(...discovers: readonly Discover<K, S>[]): Discover<K, S> {
  return pipe(discovers, () => {
    const owners = new Map<K, unknown>();
    return (change, from) => {
      const { type, key } = change;
      if (type === "insert") owners.set(key, from);
      else if (type === "remove") {
        if (owners.get(key) !== from) return undefined;
        owners.delete(key);
      }
      // What is neither is for the reader to refuse.
      return change;
    };
  });
}
