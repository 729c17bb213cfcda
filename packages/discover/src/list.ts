// A discover of endpoints that never change.

import { checkMethods } from "@bal/errors";
import type { Discover } from "@bal/service";
import { liveSet } from "./live-set.ts";

/**
 * The services in one batch under the keys 0, 1, 2, …; then it ends. An empty list ends at once, so that calls reject
 * with `NoEndpointsError` and do not wait. Any number of readers; the services are taken from `services` now.
 *
 * Each reader is handed the same services, and a balance closes what it is handed: two balances over one list need
 * `closes: false`.
 *
 * @example
 * ```ts
 * import { list } from "@bal/discover";
 *
 * for await (const changes of list(["a", "b"])) console.log(changes.length); // → 2
 * ```
 *
 * @throws InvalidOptionError when `services` cannot be iterated
 */
export function list<S>(services: Iterable<S>): Discover<number, S> {
  checkMethods("services", typeof services === "string" ? undefined : services, [Symbol.iterator]);
  const set = liveSet<number, S>();
  set.reset([...services].entries());
  set.end();
  return set;
}
