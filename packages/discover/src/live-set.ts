// Keys and services that change, with readers who each get the whole set first and then what has changed since.

import { ClosedError } from "@bal/errors";
import { batchStep, type Change, type Discover, reader } from "@bal/service";
import { type Entries, toMap } from "./entries.ts";

/**
 * A set of endpoints, and a discover of them.
 *
 * Any number of readers: each gets the present set first, in one batch, then what has changed since. Changes of one turn
 * make one batch. What a slow reader has not read is kept as what is to be done for each key, at most a removal and an
 * insert, and so never more than what it knows and what the set holds.
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
   * is ready. The same service again (`Object.is`) changes nothing; after a removal it is inserted anew.
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

export interface LiveSetEvents {
  /** The first reader has asked. */
  opened?(): void;
  /** The last reader has left. */
  idle?(): void;
}

export function liveSet<K, S>({ opened, idle }: LiveSetEvents = {}): EndpointSet<K, S> {
  const services = new Map<K, S>();
  /** What tells a reader of a change under a key, and what wakes it. */
  const readers = new Map<(key: K) => void, () => void>();
  let ended = false;

  const checkOpen = (): void => {
    if (ended) throw new ClosedError("the endpoint set has ended");
  };
  const changed = (key: K): void => {
    for (const [note, wake] of readers) {
      note(key);
      wake();
    }
  };

  const set: EndpointSet<K, S> = {
    get size() {
      return services.size;
    },
    has: (key) => services.has(key),
    get: (key) => services.get(key),
    keys: () => services.keys(),
    insert(key, service) {
      checkOpen();
      if (services.has(key) && Object.is(services.get(key), service)) return;
      services.set(key, service);
      changed(key);
    },
    remove(key) {
      checkOpen();
      const removed = services.delete(key);
      if (removed) changed(key);
      return removed;
    },
    reset(entries) {
      checkOpen();
      const next = toMap(entries);
      for (const key of services.keys()) if (!next.has(key)) set.remove(key);
      for (const [key, service] of next) set.insert(key, service);
    },
    end() {
      ended = true;
      for (const wake of readers.values()) wake();
    },
    [Symbol.asyncIterator]: () =>
      reader((wake) => {
        /** The keys that were handed out, */
        const known = new Set<K>();
        /** those of them that were removed since, */
        const gone = new Set<K>();
        /** and those whose services were not handed out. */
        const fresh = new Set<K>();
        const note = (key: K): void => {
          if (services.has(key)) fresh.add(key);
          else {
            fresh.delete(key);
            if (known.delete(key)) gone.add(key);
          }
        };
        return {
          take() {
            if (!readers.has(note)) {
              readers.set(note, wake);
              for (const key of services.keys()) note(key);
              if (readers.size === 1) opened?.();
            }
            const batch: Change<K, S>[] = [];
            for (const key of gone) batch.push({ type: "remove", key });
            for (const key of fresh) {
              known.add(key);
              batch.push({ type: "insert", key, service: services.get(key) as S });
            }
            gone.clear();
            fresh.clear();
            return batchStep(batch, ended);
          },
          leave() {
            if (readers.delete(note) && readers.size === 0) idle?.();
          },
        };
      }),
  };
  return set;
}
