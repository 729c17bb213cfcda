// A request on its way through the balancer: what it is, who hears of it, and where it has been.

import type { CallOptions, Follower } from "@bal/service";
import { type Dispatcher, errors } from "undici";
import { announce, fail, type Handler, isNew, type OldHandler } from "./handler.ts";

/** What the endpoints of a balanced dispatcher take. */
export interface DispatchRequest {
  /** As undici's dispatch takes them. */
  readonly opts: Dispatcher.DispatchOptions;
}

/** How a dispatched request ended, in the words of fetch's `Response`, so that rules such as `httpFailure` can judge it. */
export interface DispatchResult {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
}

/** Who sends requests. */
export interface DispatchingEvents {
  /** Its call has ended well. */
  fulfilled(): void;
  /** Its call has failed, and its handler may not have heard of it. */
  rejected(dispatching: Dispatching, error: unknown): void;
}

// Follows its own call, so that a request needs no closure.
export class Dispatching implements DispatchRequest, Follower<DispatchResult> {
  readonly opts: Dispatcher.DispatchOptions;
  readonly handler: Handler;
  /** Its handler where that is of the old shape. */
  readonly old: OldHandler | undefined;
  /** One for each attempt. */
  signal: RequestSignal = new RequestSignal();
  /** The endpoint that has it. */
  at: { readonly hasRoom: boolean } | undefined = undefined;
  /** The endpoints that had it before. */
  tried: Set<object> | undefined = undefined;
  /** Its handler has heard how it ended. */
  settled = false;
  readonly #events: DispatchingEvents;

  constructor(opts: Dispatcher.DispatchOptions, handler: Handler, events: DispatchingEvents) {
    this.opts = opts;
    this.handler = handler;
    this.old = isNew(handler) ? undefined : handler;
    this.#events = events;
  }

  fulfilled(): void {
    this.#events.fulfilled();
  }

  rejected(error: unknown): void {
    this.#events.rejected(this, error);
  }

  /** It waits: from now on an abort of the caller's ends the wait. */
  waits(): void {
    announce(this.handler, (reason) => {
      // Once it has begun, the caller has a newer way to abort.
      if (this.at === undefined) this.signal.abort(reason ?? new errors.RequestAbortedError());
    });
  }

  fail(error: unknown): void {
    if (this.settled) return;
    this.settled = true;
    fail(this.handler, error);
  }
}

type Listener = (() => void) | { handleEvent(): void };

/**
 * The part of an AbortSignal that services use, as options of a call: a real one for each request costs more than all the
 * rest here does.
 */
export class RequestSignal implements CallOptions {
  aborted = false;
  reason: unknown = undefined;
  #listeners: Set<Listener> | undefined = undefined;

  get signal(): AbortSignal {
    return this as unknown as AbortSignal;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners ?? []) {
      if (typeof listener === "function") listener();
      else listener.handleEvent();
    }
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  addEventListener(_: "abort", listener: Listener): void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  removeEventListener(_: "abort", listener: Listener): void {
    this.#listeners?.delete(listener);
  }
}
