// Calls that wait in the balancer's queue: each with a signal of the pool's, through which the pool can end the wait.

import { type CallOptions, type Follower, follow } from "@bal/service";

/** One call from when it has to wait until it has settled. */
class Wait implements Follower<unknown> {
  readonly #controller = new AbortController();
  readonly #waits: Map<AbortSignal, Wait>;
  readonly #caller: AbortSignal | undefined;

  constructor(waits: Map<AbortSignal, Wait>, caller: AbortSignal | undefined) {
    this.#waits = waits;
    this.#caller = caller;
    waits.set(this.signal, this);
    caller?.addEventListener("abort", this);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(reason: unknown): void {
    this.#waits.delete(this.signal);
    this.#controller.abort(reason);
  }

  // The caller's own abort, before the start or in flight.
  handleEvent(): void {
    this.end(this.#caller?.reason);
  }

  fulfilled(): void {
    this.#waits.delete(this.signal);
    this.#caller?.removeEventListener("abort", this);
  }

  rejected(): void {
    this.fulfilled();
  }
}

/** Knows the waiting calls by the signal that goes with them to the balancer and, once started, on to a service. */
export class Waits {
  readonly #waits = new Map<AbortSignal, Wait>();

  get size(): number {
    return this.#waits.size;
  }

  /** Lets `call` wait: gives it the options to call with. */
  add<Res>(options: CallOptions | undefined, call: (options: CallOptions) => Promise<Res>): Promise<Res> {
    const wait = new Wait(this.#waits, options?.signal);
    const response = call({ ...options, signal: wait.signal });
    follow(response, wait);
    return response;
  }

  /** A call that came with this signal has been started: it waits no longer. */
  started(signal: AbortSignal): void {
    this.#waits.delete(signal);
  }

  /** Ends every wait; each call rejects with `reason`. */
  endAll(reason: unknown): void {
    for (const wait of [...this.#waits.values()]) wait.end(reason);
  }
}
