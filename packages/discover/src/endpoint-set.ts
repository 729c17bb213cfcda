// A set of endpoints that the program changes itself.

import { ClosedError, checkFunction } from "@bal/errors";
import type { Discover } from "@bal/service";
import type { Batch } from "./batch-reader.ts";
import { type Entries, toMap } from "./entries.ts";
import { LiveSet } from "./live-set.ts";

/**
 * A set of endpoints, and a discover of them.
 *
 * Any number of readers: each gets the present set first, in one batch, then what has changed since. Changes of one turn
 * make one batch. What a slow reader has not read is kept as one change a key, so never more than the set itself.
 */
export interface EndpointSet<K, S> extends Discover<K, S> {
  /** How many keys are in. */
  readonly size: number;
  /** Whether a service is in under `key`. */
  has(key: K): boolean;
  /** The service under `key`. */
  get(key: K): S | undefined;
  /** The keys, in the order in which they came. */
  keys(): IterableIterator<K>;
  /**
   * Puts `service` in under `key`, in the place of one that is there: a balance lets the old one serve until the new one
   * is ready. The same service again changes nothing; after a removal it is inserted anew.
   *
   * @throws ClosedError after `end()`
   */
  insert(key: K, service: S): void;
  /**
   * Takes out what is under `key`; returns whether there was something.
   *
   * @throws ClosedError after `end()`
   */
  remove(key: K): boolean;
  /**
   * Makes the set what `entries` say: what stays the same (`Object.is`) is not touched, the rest is inserted, replaced
   * or removed.
   *
   * @throws ClosedError after `end()`
   * @throws InvalidOptionError when `entries` are none
   */
  reset(entries: Entries<K, S>): void;
  /** Nothing will change any more: readers end once they have what is in. A second `end()` does nothing. */
  end(): void;
}

export interface EndpointSetOptions<K, S> {
  /**
   * Is told of a service that has left the set before any reader was handed it: it is the caller's again, who may close
   * it. What a reader was handed is closed by that reader.
   */
  readonly onUnread?: (key: K, service: S) => void;
}

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
 * @throws InvalidOptionError when `entries` are none, or `onUnread` is no function
 */
export function endpointSet<K, S>(
  entries?: Iterable<readonly [K, S]>,
  options?: EndpointSetOptions<K, S>,
): EndpointSet<K, S>;
export function endpointSet<S>(
  entries: Readonly<Record<string, S>>,
  options?: EndpointSetOptions<string, S>,
): EndpointSet<string, S>;
export function endpointSet<K, S>(entries: Entries<K, S>, options?: EndpointSetOptions<K, S>): EndpointSet<K, S>;
export function endpointSet<K, S>(
  entries: Entries<K, S> = [],
  options: EndpointSetOptions<K, S> = {},
): EndpointSet<K, S> {
  return new Endpoints(entries, options);
}

class Endpoints<K, S> implements EndpointSet<K, S> {
  readonly #set: LiveSet<K, S>;

  constructor(entries: Entries<K, S>, { onUnread }: EndpointSetOptions<K, S>) {
    this.#set = new LiveSet(onUnread === undefined ? {} : { unread: checkFunction("onUnread", onUnread) });
    this.reset(entries);
  }

  get size(): number {
    return this.#set.entries.size;
  }

  has(key: K): boolean {
    return this.#set.entries.has(key);
  }

  get(key: K): S | undefined {
    return this.#set.entries.get(key)?.service;
  }

  keys(): IterableIterator<K> {
    return this.#set.entries.keys();
  }

  insert(key: K, service: S): void {
    this.#open().insert(key, service);
  }

  remove(key: K): boolean {
    return this.#open().remove(key);
  }

  reset(entries: Entries<K, S>): void {
    const set = this.#open();
    const next = toMap(entries);
    for (const key of set.entries.keys()) if (!next.has(key)) set.remove(key);
    for (const [key, service] of next) set.insert(key, service);
  }

  end(): void {
    this.#set.end();
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch<K, S>, undefined> {
    return this.#set.read();
  }

  #open(): LiveSet<K, S> {
    if (this.#set.ended) throw new ClosedError("the endpoint set has ended");
    return this.#set;
  }
}
