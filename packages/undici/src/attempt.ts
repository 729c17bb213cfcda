// One attempt of a request: what the balancer and the endpoint see of it, and its handler, which hears of it.

import { type Answer, answer, type CallOptions, type Follower, follow } from "@bal/service";
import { type Dispatcher, errors } from "undici";
import { type Controller, fail, type Handler } from "./handler.ts";
import { Passing } from "./passing.ts";

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

/** The endpoint that has an attempt. */
export interface Place {
  readonly hasRoom: boolean;
  /** It has a connection. */
  began(): void;
  /** It is over. */
  ended(): void;
  /** It got no connection, and nothing of it was sent. */
  refused(): void;
}

/** Who makes attempts. */
export interface AttemptEvents {
  /** It is over, and its handler has heard so. */
  settled(): void;
  /** Its call has failed. */
  rejected(attempt: Attempt, error: unknown): void;
}

/** Where a request was that reached nobody so far. */
export interface Journey {
  readonly tried: Set<object>;
  failure: unknown;
  /** How often the balancer passed over endpoints that had room. */
  passedOver: number;
}

type Listener = (() => void) | { handleEvent(): void };

/**
 * What both shapes have in common. One object for all that a request needs, since what costs here is what is made: it is
 * the request that the balancer sends, the options of that call with the part of an AbortSignal that services use, the
 * handler that the client is given, the result, and it follows its own call.
 */
export abstract class Attempt<H extends Handler = Handler>
  extends Passing<H>
  implements DispatchRequest, CallOptions, DispatchResult, Follower<unknown>
{
  readonly opts: Dispatcher.DispatchOptions;
  readonly journey: Journey | undefined;
  /** The endpoint that has it. */
  at: Place | undefined;
  status = 0;
  over = false;
  /** Its handler has heard how it ended. */
  settled = false;
  aborted = false;
  reason: unknown;
  protected readonly events: AttemptEvents;
  /** Somebody here has given it up. */
  protected unwanted = false;
  /** What breaks it off, since it began. */
  protected brake: ((reason: unknown) => void) | Pick<Controller, "abort"> | undefined;
  /** Its call is the answer made here, so that it need not be followed to hear of an end that is made here too. */
  #direct = false;
  #answer: Answer<DispatchResult> | undefined;
  #listeners: Set<Listener> | undefined;
  /** Of a layer that gave the call one of its own. */
  #outer: AbortSignal | undefined;

  constructor(opts: Dispatcher.DispatchOptions, handler: H, events: AttemptEvents, journey: Journey | undefined) {
    super(handler);
    this.opts = opts;
    this.events = events;
    this.journey = journey;
  }

  /** The next one, after this one has reached nobody. */
  abstract again(journey: Journey): Attempt;
  /** It waits: gives its handler the means to abort that; the handler is told of the real begin again. */
  abstract waits(): void;
  abstract get(name: string): string | null;

  get headers(): DispatchResult["headers"] {
    return this;
  }

  get signal(): AbortSignal {
    return this as unknown as AbortSignal;
  }

  /** An endpoint begins with it. */
  start(at: Place, signal: AbortSignal | undefined): Promise<DispatchResult> {
    this.at = at;
    if (signal !== undefined && signal !== this.signal) {
      this.#outer = signal;
      signal.addEventListener("abort", this);
    }
    this.#answer = answer();
    return this.#answer;
  }

  /** Hears how its call ends. */
  follow(response: Promise<unknown>): void {
    if (response === this.#answer && !this.over) this.#direct = true;
    else follow(response, this);
  }

  fulfilled(): void {
    this.events.settled();
  }

  rejected(error: unknown): void {
    this.events.rejected(this, error);
  }

  /** Tells the handler, unless it has heard already. */
  fail(error: unknown): void {
    if (this.settled) return;
    this.settled = true;
    fail(this.handler, error);
  }

  /** Ends it where it is; its handler hears of `reason`. */
  cancel(reason: unknown): void {
    if (this.over) return;
    this.unwanted = true;
    if (typeof this.brake === "function") this.brake(reason);
    else if (this.brake !== undefined) this.brake.abort(reason);
    else fail(this as unknown as Handler, reason);
  }

  handleEvent(): void {
    this.cancel(this.#outer?.reason);
  }

  /** Ends the wait for an endpoint. Once it has one, its handler has a newer way to abort. */
  abort(reason: unknown = new errors.RequestAbortedError()): void {
    if (this.at === undefined) this.#abort(reason);
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

  /** Whether it is still wanted. */
  protected begin(brake: NonNullable<typeof this.brake>): boolean {
    this.brake = brake;
    this.at?.began();
    return !this.over;
  }

  #abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners ?? []) {
      if (typeof listener === "function") listener();
      else listener.handleEvent();
    }
  }

  #end(): void {
    this.over = true;
    this.#outer?.removeEventListener("abort", this);
    this.at?.ended();
  }

  /** Before its handler is told, which may send the next request. */
  protected succeed(): void {
    if (this.over) return;
    this.#end();
    this.settled = true;
    if (this.#direct) this.events.settled();
    this.#answer?.resolve(this);
  }

  /** Whether its handler is to be told; else the request goes elsewhere. */
  protected failed(error: unknown): boolean {
    if (this.over) return !this.unwanted;
    const began = this.brake !== undefined;
    const refused = !began && !this.unwanted && !isCallersError(error);
    if (refused) this.at?.refused();
    this.#end();
    // Only what the endpoint is to blame for goes into its load; that it cannot be reached, its readiness shows.
    if (!began || this.unwanted) this.#abort(error);
    this.settled = !refused;
    this.#answer?.reject(error);
    // Not within what the client does; and after all others who follow it.
    if (this.#direct) queueMicrotask(() => this.rejected(error));
    return !refused;
  }
}

/** A request that would be refused everywhere. */
function isCallersError(error: unknown): boolean {
  return /^UND_ERR_(INVALID_ARG|NOT_SUPPORTED|ABORTED)$/.test(`${(error as { code?: unknown } | null)?.code}`);
}
