// One endpoint as a service: a client that dispatches, ready while it can be reached and has room.

import { ClosedError } from "@bal/errors";
import { type CallOptions, type Load, type Room, room, type Service, waitingLine } from "@bal/service";
import { type AttemptEvents, NewAttempt, OldAttempt } from "./attempt.ts";
import type { Client } from "./client.ts";
import { Dispatching, type DispatchRequest, type DispatchResult } from "./dispatching.ts";
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
export interface EndpointRules extends BackoffRules {
  readonly concurrency: number;
  /** The endpoints that the request which is being placed right now must not go to. */
  avoided: ReadonlySet<object> | undefined;
  /** None can be reached, so that being reachable tells none apart: all are tried. */
  readonly noneReachable: boolean;
  reachabilityMoved(): void;
  closed(endpoint: Endpoint): void;
}

/** Why an attempt was called off. */
export const triedAlready: unique symbol = Symbol("tried already");

export class Endpoint implements Service<DispatchRequest, DispatchResult>, Load, AttemptEvents {
  readonly location: Location;
  readonly client: Client;
  readonly #rules: EndpointRules;
  readonly #reachable: Reachable;
  readonly #waiting = waitingLine<DispatchRequest, DispatchResult>();
  #running = 0;
  #full = false;
  #room: Room | undefined;
  #closing: Promise<void> | undefined;

  constructor(location: Location, client: Client, rules: EndpointRules) {
    this.location = location;
    this.client = client;
    this.#rules = rules;
    this.#reachable = new Reachable(rules, () => rules.reachabilityMoved());
  }

  get state(): EndpointState {
    const { origin, basePath } = this.location;
    return {
      origin: origin + basePath,
      running: this.#running,
      ready: this.hasRoom,
      reachable: this.#reachable.state === "up",
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
    if (this.#full || this.#running >= this.#rules.concurrency) return false;
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
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#closing !== undefined) return Promise.reject(this.#closedError());
    if (request instanceof Dispatching && request.tried?.has(this)) {
      request.signal.abort(triedAlready);
      return Promise.reject(triedAlready);
    }
    return this.hasRoom ? this.#start(request) : this.#waiting.add(request, options);
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
      next?.start(this.#start(next.request));
    }
    this.#room?.resolve();
    this.#room = undefined;
  }

  #start(request: DispatchRequest): Promise<DispatchResult> {
    if (!(request instanceof Dispatching)) return Promise.reject(new TypeError("not a request of this dispatcher"));
    request.at = this;
    const { old } = request;
    const attempt =
      old !== undefined && this.client.takesOld ? new OldAttempt(request, old, this) : new NewAttempt(request, this);
    this.#running += 1;
    try {
      const more = this.client.dispatch(relocated(request.opts, this.location), attempt);
      // A pool also says so while connections that have just become free are still on its list of busy ones. And one
      // that was over at once has taken no room, whatever its dispatcher answers.
      if (!more && !attempt.over && this.#running >= this.client.connections) this.#full = true;
    } catch (error) {
      if (attempt instanceof NewAttempt) attempt.onResponseError(null, error);
      else attempt.onError(error);
    }
    return attempt.promise;
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
