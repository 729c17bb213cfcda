// The pool: makes services and lets them go as its sizing decides, and hands them to a balancer.

import { ClosedError, checkMethods } from "@bal/errors";
import {
  type CallOptions,
  type Discover,
  type Make,
  type RequestOf,
  type ResponseOf,
  type Room,
  room,
  type Service,
  tell,
} from "@bal/service";
import { Feed } from "./feed.ts";
import { Making } from "./making.ts";
import { type Member, type MemberEvents, PoolMember } from "./member.ts";
import type { RemovedWhy } from "./pool-observer.ts";
import { type PoolBalancer, type PoolOptions, type PoolSettings, poolSettings } from "./pool-options.ts";
import type { PoolLevels, Sizer } from "./sizing.ts";
import { Waits } from "./waits.ts";

/** A service that keeps as many services as its calls need. */
export interface Pool<Req, Res, B = unknown> extends Service<Req, Res>, AsyncDisposable {
  /** Services that serve; those that still drain are none of them. */
  readonly size: number;
  /** Makes that were asked for and have not ended. */
  readonly making: number;
  /** The level by which the sizing judges, 0…1. */
  readonly utilization: number;
  /** The balancer that was handed in, for what it tells of its queue and its endpoints. */
  readonly balancer: B;
  /** What the balancer's `endpoints()` says, where it has one. */
  endpoints(): B extends { endpoints(): infer E } ? E : undefined;
  /**
   * Rejects what waits with `ClosedError`, lets what runs finish, closes every service once, aborts makes under way and
   * closes what they still produce, which it does not wait for.
   */
  close(): Promise<void>;
}

/**
 * A pool of the services that `make` makes for `target`.
 *
 * A call goes to the balancer, which holds the one queue. It rejects with what the service rejects with, untouched;
 * with `EndpointError` and its cause where the service has died; with `MakeError` where it waits, no service is left and
 * none could be made; and with `ClosedError`, `signal.reason`, or what the balancer itself rejects with.
 *
 * @throws InvalidOptionError
 */
export function pool<Target, S extends Service<never, unknown>, B extends PoolBalancer<S>>(
  make: Make<Target, S>,
  target: Target,
  options: PoolOptions<S, B>,
): Pool<RequestOf<S>, ResponseOf<S>, B> {
  checkMethods("make", make, ["ready", "call"]);
  return new Engine<Target, S, B>(make, target, poolSettings(options));
}

interface Levels extends PoolLevels {
  size: number;
  inFlight: number;
}

class Engine<Target, S extends Service<never, unknown>, B extends PoolBalancer<S>>
  implements Pool<RequestOf<S>, ResponseOf<S>, B>, MemberEvents<PoolMember>
{
  readonly balancer: B;
  readonly #settings: PoolSettings<S, B>;
  readonly #sizer: Sizer;
  readonly #levels: Levels;
  readonly #feed = new Feed<PoolMember>();
  readonly #making: Making<Target, S>;
  readonly #waits = new Waits();
  /** Those that are not closed yet; the ones that serve among them. */
  readonly #members = new Set<PoolMember>();
  /** Those that were let go and still drain. */
  #draining = 0;
  #cancelTick: (() => void) | undefined;
  #told: number;
  #room: Room | undefined;
  #followed: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(make: Make<Target, S>, target: Target, settings: PoolSettings<S, B>) {
    this.#settings = settings;
    this.#sizer = checkMethods("sizing", settings.sizing.begin(), ["arrived", "tick"]);
    this.#told = this.#sizer.level;
    this.#making = new Making(make, target, settings.making, {
      making: (key) => tell(settings.observer, "making", key),
      made: (key, service, how) => this.#made(key, service, how),
      failed: (key, error, pauseMs) => this.#makeFailed(key, error, pauseMs),
    });
    const making = this.#making;
    const waits = this.#waits;
    this.#levels = {
      size: 0,
      inFlight: 0,
      min: settings.min,
      max: settings.max,
      get making() {
        return making.size;
      },
      get waiting() {
        return waits.size;
      },
    };
    this.balancer = checkMethods(
      "what balance returns",
      settings.balance(this.#feed as unknown as Discover<number, Member<S>>),
      ["ready", "call"],
    );
    this.#keepUp();
  }

  get size(): number {
    return this.#levels.size;
  }

  get making(): number {
    return this.#making.size;
  }

  get utilization(): number {
    return Math.min(1, Math.max(0, this.#sizer.level));
  }

  endpoints(): B extends { endpoints(): infer E } ? E : undefined {
    return (this.balancer as { endpoints?(): never }).endpoints?.() as never;
  }

  ready(): true | Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    const ready = this.balancer.ready();
    if (ready === true) return true;
    const worthAsking = this.#follow(ready);
    this.#apply(this.#sizer.arrived(this.#levels, true));
    this.#keepUp(1);
    this.#awaitTick();
    return worthAsking;
  }

  call(request: RequestOf<S>, options?: CallOptions): Promise<ResponseOf<S>> {
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#closing !== undefined) return Promise.reject(closed());
    const ready = this.balancer.ready();
    let response: Promise<ResponseOf<S>>;
    if (ready === true) {
      response = this.balancer.call(request, options);
      this.#apply(this.#sizer.arrived(this.#levels, false));
    } else {
      ready.catch(ignore);
      response = this.#waits.add(options, (own) => this.balancer.call(request, own));
      this.#apply(this.#sizer.arrived(this.#levels, true));
      this.#keepUp();
    }
    if (this.#cancelTick === undefined) this.#awaitTick();
    return response;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  began(member: PoolMember, signal: AbortSignal | undefined): void {
    if (signal !== undefined) this.#waits.started(signal);
    if (member.serves) this.#levels.inFlight += 1;
  }

  ended(member: PoolMember): void {
    if (member.serves) this.#levels.inFlight -= 1;
  }

  died(member: PoolMember, error: unknown): void {
    if (!member.serves) return;
    if (!member.answered) this.#making.diedUnused(member.failuresBefore);
    this.#leave(member, "failed", error);
    this.#keepUp();
  }

  closed(member: PoolMember, error?: unknown): void {
    this.#members.delete(member);
    if (member.drains) this.#draining -= 1;
    tell(this.#settings.observer, "closed", member.key, error);
    this.#keepUp();
  }

  #made(key: number, service: S, how: { readonly tookMs: number; readonly failuresBefore: number }): void {
    const member = new PoolMember(key, service, how.failuresBefore, this);
    this.#members.add(member);
    this.#levels.size += 1;
    tell(this.#settings.observer, "made", key, how.tookMs);
    this.#feed.push({ type: "insert", key, service: member });
    this.#awaitTick();
  }

  #makeFailed(key: number, error: unknown, pauseMs: number): void {
    tell(this.#settings.observer, "makeFailed", key, error as never, pauseMs);
    if (this.size === 0 && this.#making.running === 0) {
      this.#making.drop(Infinity);
      this.#waits.endAll(error);
      this.#askAgain();
    }
    this.#keepUp();
  }

  /** Lets whoever waits for `ready()` ask again. */
  #askAgain(): void {
    this.#room?.resolve();
    this.#room = undefined;
    this.#followed = undefined;
  }

  /** A room for those who wait for `ready()`, until the balancer is or has failed. */
  #follow(ready: Promise<void>): Promise<void> {
    this.#room ??= room();
    const { promise } = this.#room;
    if (ready !== this.#followed) {
      this.#followed = ready;
      ready.then(
        () => this.#askAgain(),
        (error: unknown) => this.#fail(error),
      );
    }
    return promise;
  }

  #fail(error: unknown): void {
    this.#room?.reject(error);
    this.#room = undefined;
  }

  /** As many services as are owed whatever the sizing says: `min`, and one where anybody waits. */
  #owed(): number {
    return Math.max(this.#levels.min, this.#waits.size > 0 ? 1 : 0);
  }

  #keepUp(asked = 0): void {
    this.#grow(Math.max(this.#owed(), asked) - this.size - this.making);
  }

  #apply(decision: number): void {
    if (decision > 0) this.#grow(decision);
    else if (decision < 0) this.#shrink(-decision);
  }

  #grow(n: number): void {
    const more = Math.min(n, this.#levels.max - this.size - this.making - this.#draining);
    if (more > 0 && this.#closing === undefined) this.#making.want(more);
  }

  #shrink(n: number): void {
    // The last one stays while it is in use.
    const least = Math.max(this.#owed(), this.#levels.inFlight > 0 ? 1 : 0);
    let fewer = Math.min(n, this.size + this.making - least);
    if (fewer > 0) fewer -= this.#making.drop(fewer);
    for (fewer = Math.min(fewer, this.size - least); fewer > 0; fewer -= 1) this.#removeOne();
  }

  /** The one with the fewest requests in flight goes; among equals the youngest, since the others are warm. */
  #removeOne(): void {
    let least: PoolMember | undefined;
    for (const member of this.#members) {
      if (member.serves && (least === undefined || member.inFlight <= least.inFlight)) least = member;
    }
    if (least === undefined) return;
    least.drains = true;
    this.#draining += 1;
    this.#leave(least, "surplus");
    this.#feed.push({ type: "remove", key: least.key });
  }

  #leave(member: PoolMember, why: RemovedWhy, error?: unknown): void {
    member.serves = false;
    this.#levels.size -= 1;
    this.#levels.inFlight -= member.inFlight;
    tell(this.#settings.observer, "removed", member.key, why, error);
  }

  #awaitTick(): void {
    if (this.#cancelTick !== undefined || this.#closing !== undefined) return;
    const { size, making, inFlight, waiting, min } = this.#levels;
    if (size <= min && making + inFlight + waiting === 0) return;
    this.#cancelTick = this.#settings.schedule(this.#sizer.tickMs, () => {
      this.#cancelTick = undefined;
      this.#apply(this.#sizer.tick(this.#levels));
      if (this.#told !== this.utilization) {
        this.#told = this.utilization;
        tell(this.#settings.observer, "utilization", this.#told, this.size);
      }
      this.#awaitTick();
    });
  }

  async #close(): Promise<void> {
    const error = closed();
    this.#cancelTick?.();
    this.#making.stop(error);
    for (const member of this.#members) if (member.serves) this.#leave(member, "closed");
    const closing = this.balancer.close?.();
    this.#waits.endAll(error);
    this.#fail(error);
    await closing;
    // Those that the balancer never came to read, or that it leaves to others.
    await Promise.all(Array.from(this.#members, (member) => member.close()));
  }
}

function closed(): ClosedError {
  return new ClosedError("the pool is closed");
}

function ignore(): void {}
