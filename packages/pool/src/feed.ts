// The discover through which a pool hands its services to its balancer.

import type { Change, Discover } from "@bal/service";

type Batch<S> = readonly Change<number, S>[];

/** A stream of changes with one reader, who gets in one batch what has come together since the last. */
export class Feed<S> implements Discover<number, S>, AsyncIterator<Batch<S>, undefined> {
  #changes: Change<number, S>[] = [];
  #ended = false;
  #taker: ((step: IteratorResult<Batch<S>, undefined>) => void) | undefined;

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Batch<S>, undefined>> {
    return new Promise((resolve) => {
      this.#taker = resolve;
      this.#handOut();
    });
  }

  return(): Promise<IteratorResult<Batch<S>, undefined>> {
    this.#ended = true;
    this.#changes = [];
    this.#handOut();
    return Promise.resolve({ done: true, value: undefined });
  }

  push(change: Change<number, S>): void {
    if (this.#ended) return;
    this.#changes.push(change);
    this.#handOut();
  }

  #handOut(): void {
    if (this.#taker === undefined || (this.#changes.length === 0 && !this.#ended)) return;
    const take = this.#taker;
    this.#taker = undefined;
    const batch = this.#changes;
    this.#changes = [];
    take(this.#ended ? { done: true, value: undefined } : { done: false, value: batch });
  }
}
