// One endpoint as a service: a client that dispatches, ready while it can be reached and has room.

import { ClosedError } from "@bal/errors";
import { type CallOptions, type Load, type Room, room, type Service, waitingLine } from "@bal/service";
import { Attempt, type DispatchRequest, type DispatchResult, type Place } from "./attempt.ts";
import type { Client } from "./client.ts";
import { fail, type Handler, isNew, type OldHandler } from "./handler.ts";
import { Modernized } from "./passing.ts";
import { type BackoffRules, Reachable } from "./reachable.ts";
import { type Location, relocated } from "./target.ts";

/** An endpoint as the balancer sees it. Its load is the number of requests running. */
export type DispatchEndpoint = Service<DispatchRequest, DispatchResult> & Load;

/** An endpoint of the moment. */
export interface EndpointState {
  readonly origin: string;
  /** Requests that it was sent and that are not over. */
  readonly running: number;
  /** Whether it takes one more. */
  readonly ready: boolean;
  /** Whether its last attempt to connect succeeded, or none was made. */
  readonly reachable: boolean;
}

/** What the endpoints of one group share. */
export interface EndpointRules {
  readonly options: BackoffRules & { readonly concurrency: number };
  /** The endpoints that the request which is being placed right now must not go to. */
  avoided: ReadonlySet<object> | undefined;
  /** None can be reached, so that being reachable tells none apart: all are tried. */
  readonly noneReachable: boolean;
  reachabilityMoved(): void;
  closed(endpoint: Endpoint): void;
}

/** Why an attempt was called off. */
export const triedAlready: unique symbol = Symbol("tried already");

export class Endpoint implements Service<DispatchRequest, DispatchResult>, Load, Place {
  readonly location: Location;
  readonly client: Client;
  readonly #rules: EndpointRules;
  readonly #reachable: Reachable;
  readonly #waiting = waitingLine<Attempt, DispatchResult>();
  #running = 0;
  #full = false;
  #room: Room | undefined;
  #closing: Promise<void> | undefined;

  constructor(location: Location, client: Client, rules: EndpointRules) {
    this.location = location;
    this.client = client;
    this.#rules = rules;
    this.#reachable = new Reachable(rules.options, () => rules.reachabilityMoved());
  }

  get state(): EndpointState {
    const { origin, basePath } = this.location;
    return {
      origin: origin + basePath,
      running: this.#running,
      ready: this.hasRoom,
      reachable: this.reachable,
    };
  }

  get reachable(): boolean {
    return this.#reachable.state === "up";
  }

  /** Whether a request may go there. */
  get usable(): boolean {
    return this.#reachable.state !== "down" || this.#rules.noneReachable;
  }

  get hasRoom(): boolean {
    return this.#waiting.size === 0 && this.#free;
  }

  get #free(): boolean {
    if (this.#full || this.#running >= this.#rules.options.concurrency) return false;
    const { state } = this.#reachable;
    return state === "up" || (state === "trial" && this.#running === 0) || this.#rules.noneReachable;
  }

  load(): number {
    return this.#running;
  }

  ready(): true | Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(this.#closedError());
    // Whoever chooses takes another then, and asks again when this run is over.
    if (this.#rules.avoided?.has(this)) return Promise.resolve();
    return this.hasRoom ? true : this.roomPromise();
  }

  /** Resolves when it may have room again. */
  roomPromise(): Promise<void> {
    this.#room ??= room();
    return this.#room.promise;
  }

  call(request: DispatchRequest, options?: CallOptions): Promise<DispatchResult> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#closing !== undefined) return Promise.reject(this.#closedError());
    if (!(request instanceof Attempt)) return Promise.reject(new TypeError("not a request of this dispatcher"));
    if (request.journey?.tried.has(this)) {
      request.abort(triedAlready);
      return Promise.reject(triedAlready);
    }
    return this.hasRoom ? this.#start(request, signal) : this.#waiting.add(request, options);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Its client takes requests again. */
  drained(): void {
    this.#full = false;
    this.wake();
  }

  began(): void {
    this.#reachable.connected();
  }

  refused(): void {
    // One connection more was refused, those that it has go on.
    if (this.client.connections === 0) this.#reachable.refused();
  }

  ended(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#full = false;
    this.wake();
  }

  /** It may have room where it had none. */
  wake(): void {
    if (!this.#free && this.#closing === undefined) return;
    while (this.#waiting.size > 0 && this.#free) {
      const next = this.#waiting.shift();
      next?.start(this.#start(next.request, next.options?.signal));
    }
    this.#room?.resolve();
    this.#room = undefined;
  }

  #start(attempt: Attempt, signal: AbortSignal | undefined): Promise<DispatchResult> {
    const { client } = this;
    this.#running += 1;
    const result = attempt.start(this, signal);
    try {
      const shape = attempt as Attempt & Handler;
      const handler = isNew(shape) || client.takesOld ? shape : new Modernized(shape as OldHandler);
      const more = client.dispatch(relocated(attempt.opts, this.location), handler);
      // A pool also says so while connections that have just become free are still on its list of busy ones. And one
      // that was over at once has taken no room, whatever its dispatcher answers.
      if (!more && !attempt.over && this.#running >= client.connections) this.#full = true;
    } catch (error) {
      fail(attempt as Attempt & Handler, error);
    }
    return result;
  }

  async #close(): Promise<void> {
    this.#reachable.stop();
    this.#waiting.rejectAll(this.#closedError());
    this.#room?.resolve();
    while (this.#running > 0) {
      this.#room = room();
      await this.#room.promise;
    }
    this.#rules.closed(this);
    await this.client.close();
  }

  #closedError(): ClosedError {
    return new ClosedError(`the endpoint ${this.location.origin} was closed`);
  }
}
