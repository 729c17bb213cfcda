// The shapes in which a set of keys and services may be given.

import { InvalidOptionError } from "@bal/errors";

/** A Map, [key, service] pairs, or, where keys are strings, a plain object. */
export type Entries<K, S> = Iterable<readonly [K, S]> | (K extends string ? Readonly<Record<K, S>> : never);

/** Entries of any keys and services. */
export type AnyEntries = Iterable<readonly [unknown, unknown]> | Readonly<Record<string, unknown>>;

/** The keys of entries. */
export type KeyOf<A extends AnyEntries> = A extends Iterable<readonly [infer K, unknown]> ? K : string;

/** The services, or values, of entries. */
export type ValueOf<A extends AnyEntries> =
  A extends Iterable<readonly [unknown, infer V]> ? V : A extends Readonly<Record<string, infer V>> ? V : never;

/** The entries as a Map; of two under one key the last counts. */
export function toMap<K, S>(entries: Entries<K, S>): Map<K, S> {
  const map = new Map<K, S>();
  for (const pair of pairsOf(entries) as Iterable<readonly [K, S]>) {
    if (!Array.isArray(pair)) {
      throw new InvalidOptionError("entries", { expected: "a Map, [key, value] pairs or a plain object", came: pair });
    }
    map.set(pair[0], pair[1]);
  }
  return map;
}

function pairsOf(entries: unknown): Iterable<unknown> {
  const object = Object(entries);
  if (object !== entries) return [entries];
  if (Symbol.iterator in object) return object;
  const plain = Object.getPrototypeOf(Object.getPrototypeOf(object) ?? Object.prototype) === null;
  return plain && !(Symbol.asyncIterator in object) ? Object.entries(object) : [object];
}
