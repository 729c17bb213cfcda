// A promise that is settled from outside, for services on the path of every request.

import type { Flight } from "./flight.ts";

/**
 * A promise that is settled from outside. The first who follows it (`follow`) hears of its end at once, and a real promise
 * is made only for who asks for one (`await`, `then`): a service that answers with it costs its balancer and its load no
 * promise at all. A rejection that nobody asks about is no unhandled one.
 */
export interface Answer<T> extends Promise<T> {
  /** Only the first of both counts. */
  resolve(value: T): void;
  reject(error: unknown): void;
}

/**
 * @example
 * ```ts
 * import { answer } from "@bal/service";
 *
 * const pending = answer<string>();
 * setTimeout(() => pending.resolve("done"), 1);
 * console.log(await pending); // → done
 * ```
 */
export function answer<T>(): Answer<T> {
  return new FromOutside<T>();
}

/** Whether it is one of this copy of the package. */
export function isAnswer<T>(promise: PromiseLike<T>): promise is FromOutside<T> {
  return promise instanceof FromOutside;
}

class FromOutside<T> implements Answer<T> {
  #flight: Flight | undefined;
  #settled: "fulfilled" | "rejected" | undefined;
  /** What it settled with. */
  #value: unknown;
  /** For who asked for a promise: the promise, and what settles it. */
  #asked: { promise: Promise<T>; fulfilled(value: T): void; rejected(error: unknown): void } | undefined;

  get [Symbol.toStringTag](): string {
    return "Promise";
  }

  /** Takes one who wants to hear of the end; whether there was room for it. */
  carry(flight: Flight): boolean {
    if (this.#settled !== undefined || this.#flight !== undefined) return false;
    this.#flight = flight;
    return true;
  }

  resolve(value: T): void {
    this.#settle("fulfilled", value);
  }

  reject(error: unknown): void {
    this.#settle("rejected", error);
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#promise().then(fulfilled, rejected);
  }

  catch<B = never>(rejected?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, rejected);
  }

  finally(settled?: (() => void) | null): Promise<T> {
    return this.#promise().finally(settled);
  }

  #settle(how: "fulfilled" | "rejected", value: unknown): void {
    if (this.#settled !== undefined) return;
    this.#settled = how;
    this.#value = value;
    this.#flight?.[how](value);
    this.#flight = undefined;
    this.#asked?.[how](value as T);
  }

  #promise(): Promise<T> {
    if (this.#asked === undefined) {
      let fulfilled!: (value: T) => void;
      let rejected!: (error: unknown) => void;
      const promise = new Promise<T>((resolve, reject) => {
        fulfilled = resolve;
        rejected = reject;
      });
      this.#asked = { promise, fulfilled, rejected };
      if (this.#settled !== undefined) this.#asked[this.#settled](this.#value as T);
    }
    return this.#asked.promise;
  }
}
