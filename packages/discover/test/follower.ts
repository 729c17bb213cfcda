// Reads a discover in a test, as fast or as slowly as it is told, and keeps the set that it comes to.

import type { Change, Discover } from "@bal/service";
import { settle } from "@bal/service/testing";

export type Seen = "waiting" | "done" | "failed";

export interface Follower<K, S> {
  readonly known: Map<K, S>;
  readonly batches: (readonly Change<K, S>[])[];
  readonly error: unknown;
  /** Asks for one batch, unless one is asked for already, and lets everything settle. */
  read(): Promise<void>;
  /** Reads until it waits, is done or has failed. */
  readOn(): Promise<Seen>;
  leave(): Promise<void>;
}

export function follower<K, S>(discover: Discover<K, S>): Follower<K, S> {
  const iterator = discover[Symbol.asyncIterator]();
  const known = new Map<K, S>();
  const batches: (readonly Change<K, S>[])[] = [];
  let asked = false;
  let seen: Seen = "waiting";
  let error: unknown;

  const take = (batch: readonly Change<K, S>[]): void => {
    batches.push(batch);
    for (const change of batch) {
      if (change.type === "insert") known.set(change.key, change.service);
      else if (!known.delete(change.key)) throw new Error(`${change.key} was removed and not known`);
    }
  };
  const read = async (): Promise<void> => {
    if (!asked && seen === "waiting") {
      asked = true;
      iterator
        .next()
        .then((step) => {
          asked = false;
          if (step.done) seen = "done";
          else take(step.value);
        })
        .catch((reason: unknown) => {
          seen = "failed";
          error = reason;
        });
    }
    await settle();
  };

  return {
    known,
    batches,
    get error() {
      return error;
    },
    read,
    async readOn() {
      do await read();
      while (!asked && seen === "waiting");
      return seen;
    },
    async leave() {
      await iterator.return?.();
    },
  };
}

/** A change as one word, for comparing: "+a=1", "-a". */
export function words<K, S>(batches: readonly (readonly Change<K, S>[])[]): string[] {
  return batches.map((batch) =>
    batch.map((change) => (change.type === "insert" ? `+${change.key}=${change.service}` : `-${change.key}`)).join(" "),
  );
}
