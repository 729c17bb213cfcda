// An iterator that can be left while it waits, as the contract of a discover asks and an async generator cannot.

import type { Change } from "@bal/service";

export type Batch<K, S> = readonly Change<K, S>[];
export type Step<B> = IteratorResult<B, undefined>;

/** Where a reader's batches come from. */
export interface Feed<B> {
  /** Somebody waits. Asked at every `next()`, and again while somebody still waits after a batch was handed out. */
  wanted(): void;
  /** The next step; undefined when there is none yet. A throw fails the reader. Asked only when somebody waits. */
  take(): Step<B> | undefined;
  /** Frees everything. Called once, when the reader was left, has ended or has failed. */
  leave(): unknown;
}

interface Taker<B> {
  resolve(step: Step<B>): void;
  reject(error: unknown): void;
}

const over: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Hands what a feed has to those who wait, in the order of their `next()`.
 *
 * It looks in a microtask of its own, so that all changes of one turn make one batch.
 */
export class BatchReader<B> implements AsyncIterator<B, undefined> {
  #feed: Feed<B> | undefined;
  #takers: Taker<B>[] = [];
  #scheduled = false;

  constructor(open: (wake: () => void) => Feed<B>) {
    this.#feed = open(() => this.#wake());
  }

  next(): Promise<Step<B>> {
    return new Promise((resolve, reject) => {
      if (this.#feed === undefined) {
        resolve(over);
        return;
      }
      this.#takers.push({ resolve, reject });
      this.#feed.wanted();
      this.#wake();
    });
  }

  /** Ends every `next()` that waits, now; resolves when the feed has freed what it held. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.#leave();
    return over;
  }

  #wake(): void {
    if (this.#scheduled || this.#takers.length === 0) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#serve();
    });
  }

  #serve(): void {
    while (this.#feed !== undefined && this.#takers.length > 0) {
      let step: Step<B> | undefined;
      try {
        step = this.#feed.take();
      } catch (error) {
        this.#takers.shift()?.reject(error);
        void this.#leave();
        return;
      }
      if (step === undefined) {
        this.#feed.wanted();
        return;
      }
      if (step.done) void this.#leave();
      else this.#takers.shift()?.resolve(step);
    }
  }

  #leave(): unknown {
    const feed = this.#feed;
    this.#feed = undefined;
    const takers = this.#takers;
    this.#takers = [];
    for (const taker of takers) taker.resolve(over);
    return feed?.leave();
  }
}
