// The shapes in which a set of keys and services may be given.

import { InvalidOptionError } from "@bal/errors";

/** A Map, [key, service] pairs, or, where keys are strings, a plain object. */
export type Entries<K, S> = Iterable<readonly [K, S]> | (K extends string ? Readonly<Record<K, S>> : never);

/** The entries as a Map; of two under one key the last counts. */
export function toMap<K, S>(entries: Entries<K, S>): Map<K, S> {
  if (typeof entries !== "object" || entries === null) throw wrong(entries);
  const map = new Map<K, S>();
  const pairs = Symbol.iterator in entries ? entries : (Object.entries(entries) as unknown as [K, S][]);
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length < 2) throw wrong(pair);
    map.set(pair[0], pair[1]);
  }
  return map;
}

function wrong(came: unknown): InvalidOptionError {
  return new InvalidOptionError("entries", { expected: "a Map, [key, service] pairs or a plain object", came });
}
