// An iterator that can be left while it waits, as the contract of a discover asks and an async generator cannot.

import { room } from "./room.ts";

/** Where the steps of a reader come from. */
export interface Feed<T> {
  /**
   * The next step, for somebody who waits; undefined when there is none yet. A throw fails the reader. Never asked when
   * nobody waits.
   */
  take(): IteratorResult<T, undefined> | undefined;
  /** Frees everything. Called once, when the reader was left, has ended or has failed; `return()` waits for it. */
  leave(): unknown;
}

/**
 * An iterator over what a feed has, one step after the other in the order of their `next()`. The feed calls `wake` when
 * it has got something; it is asked in a microtask of its own, so that all that comes in one turn can make one step.
 *
 * @example
 * ```ts
 * import { reader } from "@bal/service";
 *
 * const words = ["hello", "bal"];
 * const sentences = reader<string>(() => ({
 *   take: () => (words.length > 0 ? { done: false, value: words.splice(0).join(" ") } : undefined),
 *   leave: () => console.log("left"),
 * }));
 * console.log(await sentences.next()); // → { done: false, value: 'hello bal' }
 * const waiting = sentences.next();
 * await sentences.return?.();
 * // → left
 * console.log(await waiting); // → { done: true, value: undefined }
 * ```
 */
export function reader<T>(open: (wake: () => void) => Feed<T>): AsyncIterator<T, undefined> {
  let wake = (): void => {};
  let feed: Feed<T> | undefined = open(() => wake());
  let last: Promise<unknown> | undefined;

  const leave = (): unknown => {
    const left = feed;
    feed = undefined;
    wake();
    return left?.leave();
  };
  const step = async (before?: Promise<unknown>): Promise<IteratorResult<T, undefined>> => {
    await before;
    while (feed) {
      const woken = room();
      wake = woken.resolve;
      try {
        const taken = feed.take();
        if (taken?.done) leave();
        if (taken) return taken;
      } catch (error) {
        leave();
        throw error;
      }
      await woken.promise;
    }
    return { done: true, value: undefined };
  };

  return {
    next() {
      const taken = step(last);
      last = taken.catch(() => {});
      return taken;
    },
    /** Ends every `next()` that waits; resolves when the feed has freed what it held. */
    async return() {
      await leave();
      return step();
    },
  };
}
