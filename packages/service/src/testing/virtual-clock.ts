// A clock that moves when it is told to, for whatever takes `now`, a timer or a pause.

import { checkFunction, checkNumber } from "@bal/errors";
import type { CallOptions } from "../service.ts";
import { settle } from "./settle.ts";

export interface VirtualClock {
  /** Milliseconds; bound, so it can be handed on as it is. */
  readonly now: () => number;
  /** Resolves `ms` from now; rejects with `signal.reason` at an abort. Bound. */
  readonly sleep: (ms: number, options?: CallOptions) => Promise<void>;
  /** Runs `fn` once, `ms` from now; what it returns cancels. Of those due at one time the first scheduled goes first. Bound. */
  readonly schedule: (ms: number, fn: () => void) => () => void;
  /** How many are scheduled: pauses and functions. */
  readonly pending: number;
  /** Moves on by `ms` and runs what falls due on the way, each at its time; promises settle before time goes on. */
  advance(ms: number): Promise<void>;
  /**
   * Moves on until nothing is scheduled any more.
   *
   * @throws Error after `maxEvents` (10 million unless given), for a test that never ends
   */
  run(options?: { readonly maxEvents?: number }): Promise<void>;
  /** Lets all promises settle that can, at the present time. */
  settle(): Promise<void>;
}

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  fn: (() => void) | undefined;
}

/**
 * A clock that stands at `startMs` until it is moved.
 *
 * @example
 * ```ts
 * import { virtualClock } from "@bal/service/testing";
 *
 * const clock = virtualClock();
 * const nap = clock.sleep(60_000).then(() => clock.now());
 * await clock.advance(100_000);
 * console.log(await nap); // → 60000
 * console.log(clock.now()); // → 100000
 * ```
 */
export function virtualClock(startMs = 0): VirtualClock {
  return new Clock(startMs);
}

class Clock implements VirtualClock {
  #nowMs: number;
  #scheduled = 0;
  #cancelled = 0;
  #moving = false;
  /** A binary heap, the first due on top; cancelled ones stay until they get there. */
  readonly #timers: Timer[] = [];

  constructor(startMs: number) {
    this.#nowMs = checkNumber("startMs", startMs, { min: -Number.MAX_VALUE, max: Number.MAX_VALUE });
  }

  readonly now = (): number => this.#nowMs;

  get pending(): number {
    return this.#timers.length - this.#cancelled;
  }

  readonly schedule = (ms: number, fn: () => void): (() => void) => {
    checkFunction("fn", fn);
    const dueMs = this.#nowMs + checkNumber("ms", ms, { unit: "ms" });
    // What never falls due is not kept.
    if (dueMs === Infinity) return () => {};
    this.#scheduled += 1;
    const timer: Timer = { dueMs, order: this.#scheduled, fn };
    this.#push(timer);
    return () => {
      if (timer.fn === undefined) return;
      timer.fn = undefined;
      this.#cancelled += 1;
    };
  };

  readonly sleep = (ms: number, options?: CallOptions): Promise<void> =>
    new Promise((resolve, reject) => {
      const signal = options?.signal;
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const aborted = (): void => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.schedule(ms, () => {
        signal?.removeEventListener("abort", aborted);
        resolve();
      });
      signal?.addEventListener("abort", aborted, { once: true });
    });

  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + checkNumber("ms", ms, { max: Number.MAX_VALUE, unit: "ms" });
    await this.#move(untilMs, Infinity);
    this.#nowMs = untilMs;
  }

  run(options: { readonly maxEvents?: number } = {}): Promise<void> {
    return this.#move(Infinity, options.maxEvents ?? 10_000_000);
  }

  settle(): Promise<void> {
    return settle();
  }

  async #move(untilMs: number, maxEvents: number): Promise<void> {
    if (this.#moving) throw new Error("the clock is moving already: await the advance() or run() before");
    this.#moving = true;
    let left = maxEvents;
    try {
      await settle();
      for (let first = this.#first(); first !== undefined && first.dueMs <= untilMs; first = this.#first()) {
        const instant = first.dueMs;
        this.#nowMs = instant;
        for (let next = this.#first(); next !== undefined && next.dueMs <= instant; next = this.#first()) {
          if (left === 0) throw new Error(`still something scheduled after ${maxEvents} events`);
          left -= 1;
          this.#pop();
          const { fn } = next;
          next.fn = undefined;
          fn?.();
        }
        await settle();
      }
    } finally {
      this.#moving = false;
    }
  }

  /** The first that is due and not cancelled. */
  #first(): Timer | undefined {
    let [first] = this.#timers;
    while (first !== undefined && first.fn === undefined) {
      this.#pop();
      this.#cancelled -= 1;
      [first] = this.#timers;
    }
    return first;
  }

  #push(timer: Timer): void {
    const timers = this.#timers;
    let at = timers.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = timers[above]!;
      if (!before(timer, parent)) break;
      timers[at] = parent;
      at = above;
    }
    timers[at] = timer;
  }

  /** Takes the top out. */
  #pop(): void {
    const timers = this.#timers;
    const last = timers.pop()!;
    if (timers.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= timers.length) break;
      if (below + 1 < timers.length && before(timers[below + 1]!, timers[below]!)) below += 1;
      if (!before(timers[below]!, last)) break;
      timers[at] = timers[below]!;
      at = below;
    }
    timers[at] = last;
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
