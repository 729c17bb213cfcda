// A service of the pool as its balancer gets it: what was made, with its requests counted and its end noticed.

import { EndpointError } from "@bal/errors";
import {
  type CallOptions,
  type Follower,
  follow,
  type Load,
  type LoadWatcher,
  type Service,
  startCall,
} from "@bal/service";

/** What the pool hands to its balancer for a made `S`: the service, with its load where it has one. */
export type Member<S> = Pick<S, Extract<keyof S, "call" | keyof Load>> &
  Pick<Service, "ready"> &
  Required<Pick<Service, "close">> & {
    /** What the make has produced. */
    readonly made: S;
  };

/** Who hears of a member. */
export interface MemberEvents<M> {
  /** A request begins; it came with `signal`. */
  began(member: M, signal: AbortSignal | undefined): void;
  /** A request has ended. */
  ended(member: M): void;
  /** Its `ready()` has rejected, or the balancer drops it unasked. Told once, and not after `close()`. */
  died(member: M, error: unknown): void;
  /** It is closed, or has failed to close. Told once. */
  closed(member: M, error?: unknown): void;
}

type Made = Service<never, unknown> & Partial<Load>;

/** How many looks a death may take to show in `ready()` after a call has failed of it. */
const looks = 8;

export class PoolMember implements Service<never, unknown>, Follower<void> {
  readonly key: number;
  readonly made: Made;
  /** How many makes had failed in a row before it was made. */
  readonly failuresBefore: number;
  /** Whether it has answered a request yet. */
  answered = false;
  /** Requests of this pool in flight. */
  inFlight = 0;
  /** Whether it is one of those that serve. */
  serves = true;
  /** Whether it was let go, and is not closed yet. */
  drains = false;
  declare readonly load?: () => number;
  declare readonly rank?: () => number;
  declare readonly watch?: (watcher: LoadWatcher) => void;
  declare readonly unwatch?: (watcher: LoadWatcher) => void;
  readonly #events: MemberEvents<PoolMember>;
  #death: { readonly error: unknown } | undefined;
  #closing: Promise<void> | undefined;

  constructor(key: number, made: Made, failuresBefore: number, events: MemberEvents<PoolMember>) {
    this.key = key;
    this.made = made;
    this.failuresBefore = failuresBefore;
    this.#events = events;
    for (const name of ["load", "rank", "watch", "unwatch"] as const) {
      const method = made[name] as ((watcher: LoadWatcher) => unknown) | undefined;
      if (typeof method === "function") Object.assign(this, { [name]: method.bind(made) });
    }
  }

  get order(): object | undefined {
    return this.made.order;
  }

  get pending(): number | undefined {
    return this.made.pending;
  }

  ready(): true | Promise<void> {
    let answer: true | Promise<void>;
    try {
      answer = this.made.ready();
    } catch (error) {
      answer = Promise.reject(error);
    }
    if (answer !== true && this.#death === undefined) follow(answer, this);
    return answer;
  }

  call(request: never, options?: CallOptions): Promise<unknown> {
    this.inFlight += 1;
    this.#events.began(this, options?.signal);
    const flight = free.pop() ?? new Flight();
    flight.member = this;
    flight.signal = options?.signal;
    return startCall(this.made, request, options).then(flight.fulfilled, flight.rejected);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  get closing(): boolean {
    return this.#closing !== undefined;
  }

  // As a follower of its own readiness: it is asked again by whoever waits for it.
  fulfilled(): void {}

  rejected(error: unknown): void {
    this.#die(error);
  }

  ended(): void {
    this.inFlight -= 1;
    this.#events.ended(this);
  }

  /** What a call that failed with `error` rejects with: that, or the death of the service where it has died. */
  async failed(error: unknown): Promise<never> {
    const answer = this.#death === undefined ? this.ready() : true;
    for (let look = 0; look < looks && answer !== true && this.#death === undefined; look += 1) await Promise.resolve();
    if (this.#death === undefined) throw error;
    throw new EndpointError(`service ${this.key} of the pool failed during the call`, { cause: this.#death.error });
  }

  #die(error: unknown): void {
    if (this.#death !== undefined || this.closing) return;
    this.#death = { error };
    this.#events.died(this, error);
  }

  async #close(): Promise<void> {
    if (this.serves) this.#events.died(this, undefined);
    try {
      await this.made.close?.();
    } catch (error) {
      this.#events.closed(this, error);
      throw error;
    }
    this.#events.closed(this);
  }
}

/** Flights kept for the next requests. */
const kept = 1024;
const free: Flight[] = [];

// The way of one request: its handlers are used again, and what they return settles the caller's promise.
class Flight {
  member!: PoolMember | undefined;
  signal: AbortSignal | undefined;

  readonly fulfilled = (response: unknown): unknown => {
    const member = this.#land();
    if (member !== undefined) {
      member.answered = true;
      member.ended();
    }
    return response;
  };

  readonly rejected = (error: unknown): Promise<never> => {
    const aborted = this.signal?.aborted;
    const member = this.#land();
    member?.ended();
    if (aborted || member === undefined) throw error;
    return member.failed(error);
  };

  #land(): PoolMember | undefined {
    const { member } = this;
    this.member = undefined;
    this.signal = undefined;
    if (free.length < kept) free.push(this);
    return member;
  }
}
