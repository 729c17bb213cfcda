// Makes services out of what another discover finds.

import { checkFunction, DiscoverError } from "@bal/errors";
import { type Change, type Discover, pipe } from "@bal/service";

/**
 * What `discover` finds, each passed through `layer`: an address becomes a client, a client gets a load.
 *
 * Builds for each reader anew, when the reader is handed it and not before, so what is built always has an owner. The
 * same value (`Object.is`) inserted again under its key is not built again; after a removal it is.
 *
 * A layer that throws fails the discover with a `DiscoverError` that names the key, whose cause is what was thrown, and
 * leaves `discover`; what was built before that is handed over first.
 *
 * @example
 * ```ts
 * import { list, mapEndpoints } from "@bal/discover";
 *
 * const lengths = mapEndpoints(list(["a", "bcd"]), (text, key) => `${key}: ${text.length}`);
 * for await (const changes of lengths) {
 *   for (const change of changes) if (change.type === "insert") console.log(change.service); // → 0: 1
 *   // → 1: 3
 * }
 * ```
 *
 * @throws InvalidOptionError
 */
export function mapEndpoints<K, In, Out>(
  discover: Discover<K, In>,
  layer: (service: In, key: K) => Out,
): Discover<K, Out> {
  checkFunction("layer", layer);
  return pipe([discover], () => {
    const built = new Map<K, { readonly from: In; readonly insert: Change<K, Out> }>();
    return (change) => {
      const { key } = change;
      // What is neither is for the reader to refuse.
      if (change.type !== "insert") {
        built.delete(key);
        return change;
      }
      const from = change.service;
      const known = built.get(key);
      if (known && Object.is(known.from, from)) return known.insert;
      try {
        const insert: Change<K, Out> = { type: "insert", key, service: layer(from, key) };
        built.set(key, { from, insert });
        return insert;
      } catch (cause) {
        throw new DiscoverError(`the layer threw for the endpoint ${String(key)}`, { cause });
      }
    };
  });
}
