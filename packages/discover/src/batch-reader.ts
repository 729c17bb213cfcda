// An iterator that can be left while it waits, as the contract of a discover asks and an async generator cannot.

import type { Change } from "@bal/service";

export type Batch<K, S> = readonly Change<K, S>[];

/** Where a reader's batches come from. */
export interface Feed<K, S> {
  /**
   * What there is, for somebody who waits: an empty batch when there is nothing yet, undefined when nothing will come. A
   * throw fails the reader. Never asked when nobody waits.
   */
  take(): Batch<K, S> | undefined;
  /** Frees everything. Called once, when the reader was left, has ended or has failed. */
  leave(): unknown;
}

/**
 * Hands what a feed has to those who wait, one after the other in the order of their `next()`. The feed calls `wake` when
 * it has got something; it is asked in a microtask of its own, so that all changes of one turn make one batch.
 */
export function batchReader<K, S>(open: (wake: () => void) => Feed<K, S>): AsyncIterator<Batch<K, S>, undefined> {
  const over: IteratorReturnResult<undefined> = { done: true, value: undefined };
  let wake = (): void => {};
  let feed: Feed<K, S> | undefined = open(() => wake());
  let last: Promise<unknown> = Promise.resolve();

  const leave = (): unknown => {
    const left = feed;
    feed = undefined;
    wake();
    return left?.leave();
  };
  const step = async (): Promise<IteratorResult<Batch<K, S>, undefined>> => {
    while (feed !== undefined) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      try {
        const value = feed.take();
        if (value === undefined) leave();
        else if (value.length > 0) return { done: false, value };
        else await woken;
      } catch (error) {
        leave();
        throw error;
      }
    }
    return over;
  };

  return {
    next() {
      const taken = last.then(step, step);
      last = taken;
      return taken;
    },
    /** Ends every `next()` that waits; resolves when the feed has freed what it held. */
    async return() {
      await leave();
      return over;
    },
  };
}
