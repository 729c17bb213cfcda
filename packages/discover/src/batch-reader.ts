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

interface Taker<B> {
  readonly resolve: (step: IteratorResult<B, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Hands what a feed has to those who wait, in the order of their `next()`. The feed calls `wake` when it has got
 * something; it is asked in a microtask of its own, so that all changes of one turn make one batch.
 */
export function batchReader<K, S>(open: (wake: () => void) => Feed<K, S>): AsyncIterator<Batch<K, S>, undefined> {
  const takers: Taker<Batch<K, S>>[] = [];
  const over: IteratorReturnResult<undefined> = { done: true, value: undefined };
  let scheduled = false;
  let feed: Feed<K, S> | undefined;

  const wake = (): void => {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(serve);
  };
  const leave = (): unknown => {
    const left = feed;
    feed = undefined;
    for (const taker of takers.splice(0)) taker.resolve(over);
    return left?.leave();
  };
  const serve = (): void => {
    scheduled = false;
    while (feed !== undefined && takers.length > 0) {
      try {
        const value = feed.take();
        if (value === undefined) leave();
        else if (value.length === 0) return;
        else takers.shift()?.resolve({ done: false, value });
      } catch (error) {
        takers.shift()?.reject(error);
        leave();
      }
    }
  };

  feed = open(wake);
  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (feed === undefined) resolve(over);
        else {
          takers.push({ resolve, reject });
          wake();
        }
      }),
    /** Ends every `next()` that waits, now; resolves when the feed has freed what it held. */
    async return() {
      await leave();
      return over;
    },
  };
}
