// A service of the pool as its balancer gets it: what was made, with its requests counted and its end noticed.

import { EndpointError } from "@bal/errors";
import type { CallOptions, Load, LoadWatcher, Service } from "@bal/service";

/** What the pool hands to its balancer for a made `S`: the service, with its load where it has one. */
export type Member<S> = Pick<S, Extract<keyof S, "call" | keyof Load>> &
  Pick<Service, "ready"> &
  Required<Pick<Service, "close">> & {
    /** What the make has produced. */
    readonly made: S;
  };

/** Who hears of a member. */
export interface MemberEvents<M> {
  /** A request begins, `by` 1, or has ended, `by` -1; it came with `signal`. */
  counted(member: M, by: 1 | -1, signal: AbortSignal | undefined): void;
  /** Its `ready()` has rejected, or it is being closed, perhaps because the balancer dropped it. */
  gone(member: M, error?: unknown): void;
  /** It is closed, or has failed to close. Told once. */
  closed(member: M, error?: unknown): void;
}

type Made = Service<never, unknown> & Partial<Load>;

/** How many looks a death may take to show in `ready()` after a call has failed of it. */
const looks = 8;

export class PoolMember implements Service<never, unknown> {
  readonly key: number;
  readonly made: Made;
  /** How many makes had failed in a row before it was made; undefined once it has answered a request. */
  failuresBefore: number | undefined;
  /** Requests of this pool in flight. */
  inFlight = 0;
  /** What its `ready()` has rejected with. */
  death: { readonly cause: unknown } | undefined;
  declare readonly load?: () => number;
  declare readonly rank?: () => number;
  declare readonly watch?: (watcher: LoadWatcher) => void;
  declare readonly unwatch?: (watcher: LoadWatcher) => void;
  readonly #events: MemberEvents<PoolMember>;
  #closing: Promise<void> | undefined;

  constructor(key: number, made: Made, failuresBefore: number, events: MemberEvents<PoolMember>) {
    this.key = key;
    this.made = made;
    this.failuresBefore = failuresBefore;
    this.#events = events;
    for (const name of ["load", "rank", "watch", "unwatch"] as const) {
      if (typeof made[name] === "function") Object.assign(this, { [name]: made[name].bind(made) });
    }
  }

  get order(): object | undefined {
    return this.made.order;
  }

  get pending(): number | undefined {
    return this.made.pending;
  }

  ready(): true | Promise<void> {
    const answer = this.made.ready();
    if (answer !== true) {
      answer.catch((cause: unknown) => {
        if (this.#closing !== undefined) return;
        this.death = { cause };
        this.#events.gone(this, cause);
      });
    }
    return answer;
  }

  async call(request: never, options?: CallOptions): Promise<unknown> {
    const signal = options?.signal;
    this.#events.counted(this, 1, signal);
    try {
      const response = await this.made.call(request, options);
      this.failuresBefore = undefined;
      return response;
    } catch (error) {
      if (signal?.aborted) throw error;
      void this.ready();
      for (let look = 0; look < looks && !this.death; look += 1) await Promise.resolve();
      if (!this.death) throw error;
      throw new EndpointError(`service ${this.key} of the pool failed during the call`, this.death);
    } finally {
      this.#events.counted(this, -1, signal);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#events.gone(this);
    try {
      await this.made.close?.();
    } catch (error) {
      this.#events.closed(this, error);
      throw error;
    }
    this.#events.closed(this);
  }
}
