// The engine of a balance: one queue in front of the endpoints, and the way of a call through it.

import { OverloadedError } from "@bal/errors";
import {
  type CallOptions,
  type Discover,
  follow,
  holdNow,
  type Room,
  releaseNow,
  room,
  type Service,
  startCall,
  tell,
  waitingLine,
} from "@bal/service";
import type { BalanceObserver, CallOutcome } from "./balance-observer.ts";
import type { AnyService, Member } from "./member.ts";
import { Membership, type MembershipOptions } from "./membership.ts";
import { readDiscover } from "./read-discover.ts";

/** An endpoint as `endpoints()` shows it. */
export interface EndpointState<K> {
  readonly key: K;
  readonly ready: boolean;
  /** What the load says; undefined where there is none, NaN where asking it threw. */
  readonly load: number | undefined;
  /** Requests in flight. */
  readonly pending: number;
}

/** A service that spreads its calls over the endpoints that a discover tells of. */
export interface Balance<K, Req, Res> extends Service<Req, Res>, AsyncDisposable {
  /** Keys known; one while it is being replaced. */
  readonly size: number;
  /** Endpoints that were ready when last asked. */
  readonly readySize: number;
  /** Calls that wait for an endpoint. */
  readonly queued: number;
  /** A snapshot of all endpoints. O(n), for looking at. */
  endpoints(): EndpointState<K>[];
  /**
   * Ends discovery, rejects what waits with `ClosedError`, lets what runs finish and closes every endpoint once.
   * Rejects with `EndpointError` when one could not be closed, after all others were.
   */
  close(): Promise<void>;
}

export interface EngineOptions<K, S extends AnyService> extends MembershipOptions<K, S> {
  readonly maxQueue: number;
  readonly now: () => number;
}

export class Engine<K, S extends AnyService, Req, Res> implements Balance<K, Req, Res> {
  readonly #members: Membership<K, S>;
  readonly #waiting = waitingLine<Req, Res>();
  readonly #maxQueue: number;
  readonly #observer: BalanceObserver<K> | undefined;
  readonly #now: () => number;
  readonly #leaveDiscover: () => void;
  #room: Room | undefined;
  #closing: Promise<void> | undefined;

  constructor(discover: Discover<K, S>, options: EngineOptions<K, S>) {
    this.#maxQueue = options.maxQueue;
    this.#observer = options.observer;
    this.#now = options.now;
    this.#members = new Membership(options, { moved: () => this.#moved() });
    this.#leaveDiscover = readDiscover(discover, this.#members);
  }

  get size(): number {
    return this.#members.size;
  }

  get readySize(): number {
    return this.#members.ready.size;
  }

  get queued(): number {
    return this.#waiting.size;
  }

  endpoints(): EndpointState<K>[] {
    return Array.from(this.#members.values(), stateOf);
  }

  ready(): true | Promise<void> {
    const failure = this.#members.failure();
    if (failure !== undefined) return Promise.reject(failure);
    if (this.#waiting.size === 0 && this.#members.ready.some()) return true;
    this.#room ??= room();
    return this.#room.promise;
  }

  call(request: Req, options?: CallOptions): Promise<Res> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#waiting.size === 0) {
      holdNow();
      try {
        const member = this.#members.ready.choose();
        if (member !== undefined) return this.#start(member, request, options);
      } catch (error) {
        return Promise.reject(error);
      } finally {
        releaseNow();
      }
    }
    return this.#wait(request, options);
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      const closed = room();
      // First, since what is closed may close the balance.
      this.#closing = closed.promise;
      this.#leaveDiscover();
      this.#members.close().then(closed.resolve, closed.reject);
      this.#moved();
    }
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Begins a call on an endpoint that was found ready in this very run. */
  #start(member: Member<K, S>, request: Req, options: CallOptions | undefined): Promise<Res> {
    const startedAt = this.#observer === undefined ? 0 : this.#now();
    const follows = member.inFlight >= 0;
    if (follows) {
      member.inFlight += 1;
      // There is no load that does it when it has noted the begin.
      releaseNow();
    }
    const response = startCall(member.service as Service<Req, Res>, request, options);
    if (follows) {
      follow(response, member);
      this.#members.changed(member);
    }
    if (this.#observer !== undefined) this.#observe(member.key, response, startedAt);
    if (member.place >= 0) this.#members.ready.check(member);
    return response;
  }

  #observe(key: K, response: Promise<Res>, startedAt: number): void {
    const observer = this.#observer;
    tell(observer, "picked", key);
    tell(observer, "started", key);
    const settled = (outcome?: Pick<CallOutcome, "rejected">): void =>
      tell(observer, "settled", key, { durationMs: this.#now() - startedAt, ...outcome });
    response.then(
      () => settled(),
      (error: unknown) => settled({ rejected: { error } }),
    );
  }

  #wait(request: Req, options: CallOptions | undefined): Promise<Res> {
    const failure = this.#members.failure();
    if (failure !== undefined) return Promise.reject(failure);
    if (this.#waiting.size >= this.#maxQueue) {
      return Promise.reject(new OverloadedError(`${this.#waiting.size} calls wait for an endpoint already`));
    }
    const response = this.#waiting.add(request, options);
    tell(this.#observer, "queued", this.#waiting.size);
    return response;
  }

  /** Starts what waits as long as there is an endpoint for it, or ends it when none can come any more. */
  #moved(): void {
    holdNow();
    try {
      while (this.#waiting.size > 0) {
        const member = this.#members.ready.choose();
        if (member === undefined) break;
        const call = this.#waiting.shift();
        call?.start(this.#start(member, call.request, call.options));
      }
    } catch (error) {
      this.#waiting.rejectAll(error);
    } finally {
      releaseNow();
    }
    const failure = this.#members.failure();
    if (failure !== undefined) {
      this.#waiting.rejectAll(failure);
      this.#room?.reject(failure);
    } else if (this.#waiting.size === 0 && this.readySize > 0) {
      this.#room?.resolve();
    } else {
      return;
    }
    this.#room = undefined;
  }
}

function stateOf<K>(member: Member<K, AnyService>): EndpointState<K> {
  let load: number | undefined;
  try {
    load = member.service.load?.();
  } catch {
    load = Number.NaN;
  }
  return { key: member.key, ready: member.place >= 0, load, pending: member.pending };
}
