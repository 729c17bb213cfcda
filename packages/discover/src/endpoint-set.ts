// A set of endpoints that the program changes itself.

import type { Entries } from "./entries.ts";
import { type EndpointSet, liveSet } from "./live-set.ts";

/**
 * A set that starts with `entries`: a Map, [key, service] pairs, or a plain object.
 *
 * A reader is handed the services, and a balance closes what it was handed, once it has been removed or replaced and has
 * answered its last request. Two balances that read one set of services need `closes: false`; better, keep values
 * (addresses) in the set and build the services for each reader with `mapEndpoints`.
 *
 * @example
 * ```ts
 * import { endpointSet } from "@bal/discover";
 *
 * const origins = endpointSet({ a: "http://10.0.0.1", b: "http://10.0.0.2" });
 * origins.remove("a");
 * origins.insert("c", "http://10.0.0.3");
 * console.log([...origins.keys()]); // → [ 'b', 'c' ]
 * ```
 *
 * @throws InvalidOptionError when `entries` are none
 */
export function endpointSet<K, S>(entries?: Iterable<readonly [K, S]>): EndpointSet<K, S>;
export function endpointSet<S>(entries: Readonly<Record<string, S>>): EndpointSet<string, S>;
export function endpointSet<K, S>(entries: Entries<K, S>): EndpointSet<K, S>;
export function endpointSet<K, S>(entries: Entries<K, S> = []): EndpointSet<K, S> {
  const set = liveSet<K, S>();
  set.reset(entries);
  return set;
}
