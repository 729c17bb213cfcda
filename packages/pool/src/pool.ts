// The pool: makes services and lets them go as its sizing decides, and hands them to a balancer.

import { ClosedError, checkMethods, type MakeError } from "@bal/errors";
import {
  type CallOptions,
  type Change,
  checkService,
  type Discover,
  type Make,
  type RequestOf,
  type ResponseOf,
  type Room,
  reader,
  room,
  type Service,
  tell,
} from "@bal/service";
import { Making, type MakingEvents } from "./making.ts";
import { type Member, type MemberEvents, PoolMember } from "./member.ts";
import type { RemovedWhy } from "./pool-observer.ts";
import { type PoolBalancer, type PoolOptions, type PoolSettings, poolSettings } from "./pool-options.ts";
import type { PoolLevels, Sizer } from "./sizing.ts";

/** A service that keeps as many services as its calls need. */
export interface Pool<Req, Res, B = unknown> extends Service<Req, Res>, PoolLevels, AsyncDisposable {
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
  checkService("make", make);
  return new Engine<S, B>((how) => make.call(target, how), poolSettings(options));
}

class Engine<S extends Service<never, unknown>, B extends PoolBalancer<S>>
  implements Pool<RequestOf<S>, ResponseOf<S>, B>, MakingEvents<S>, MemberEvents<PoolMember>
{
  readonly min: number;
  readonly max: number;
  inFlight = 0;
  readonly balancer: B;
  readonly #settings: PoolSettings<S, B>;
  readonly #sizer: Sizer;
  readonly #making: Making<S>;
  /** What the balancer has not read yet, and what tells it. */
  readonly #changes: Change<number, PoolMember>[] = [];
  #wake: (() => void) | undefined;
  readonly #serving = new Set<PoolMember>();
  /** Those that were removed and are not closed yet. */
  readonly #leaving = new Set<PoolMember>();
  /** The signals of the pool's own that waiting calls went to the balancer with. */
  readonly #waits = new Map<AbortSignal | undefined, AbortController>();
  /** There while somebody waits for `ready()`. */
  #room: Room | undefined;
  #cancelTick: (() => void) | undefined;
  #told: number;
  #closing: Promise<void> | undefined;

  constructor(make: (options: CallOptions) => Promise<S>, settings: PoolSettings<S, B>) {
    this.min = settings.min;
    this.max = settings.max;
    this.#settings = settings;
    this.#sizer = checkMethods("sizing", settings.sizing.begin(), ["arrived", "tick"]);
    this.#told = this.utilization;
    this.#making = new Making(make, settings, this);
    const changes = this.#changes;
    const read = (): AsyncIterator<typeof changes> =>
      reader((wake) => {
        this.#wake = wake;
        return {
          take: () => (changes.length > 0 ? { done: false, value: changes.splice(0) } : undefined),
          leave: ignore,
        };
      });
    const services = { [Symbol.asyncIterator]: read } as unknown as Discover<number, Member<S>>;
    this.balancer = checkService("what balance returns", settings.balance(services));
    this.#resize();
  }

  get size(): number {
    return this.#serving.size;
  }

  get making(): number {
    return this.#making.size;
  }

  get waiting(): number {
    return this.#waits.size;
  }

  get utilization(): number {
    return this.#sizer.level;
  }

  endpoints(): B extends { endpoints(): infer E } ? E : undefined {
    return (this.balancer as { endpoints?(): never }).endpoints?.() as never;
  }

  ready(): true | Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    const ready = this.balancer.ready();
    if (ready === true) return true;
    this.#room ??= room();
    const { promise } = this.#room;
    ready.then(
      () => this.#askAgain(),
      (error: unknown) => this.#room?.reject(error),
    );
    this.#resize(this.#sizer.arrived(this, true));
    return promise;
  }

  call(request: RequestOf<S>, options?: CallOptions): Promise<ResponseOf<S>> {
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#closing !== undefined) return Promise.reject(closed());
    const ready = this.balancer.ready();
    const waits = ready !== true;
    if (waits) ready.catch(ignore);
    const response = waits ? this.#wait(request, options) : this.balancer.call(request, options);
    this.#resize(this.#sizer.arrived(this, waits));
    return response;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  made(key: number, service: S, tookMs: number, failuresBefore: number): void {
    const member = new PoolMember(key, service, failuresBefore, this);
    this.#serving.add(member);
    tell(this.#settings.observer, "made", key, tookMs);
    this.#tell({ type: "insert", key, service: member });
  }

  makeFailed(key: number, error: MakeError, pauseMs: number): void {
    tell(this.#settings.observer, "makeFailed", key, error, pauseMs);
    if (this.size === 0 && this.#making.running === 0) {
      this.#making.add(-Infinity);
      this.#endWaits(error);
      this.#askAgain();
    }
    this.#resize();
  }

  counted(member: PoolMember, by: 1 | -1, signal: AbortSignal | undefined): void {
    this.#waits.delete(signal);
    member.inFlight += by;
    if (this.#serving.has(member)) this.inFlight += by;
  }

  gone(member: PoolMember, error?: unknown): void {
    if (!this.#serving.has(member)) return;
    if (member.failuresBefore !== undefined) this.#making.failed(member.failuresBefore, 1);
    this.#remove(member, "failed", error);
    this.#resize();
  }

  closed(member: PoolMember, error?: unknown): void {
    this.#leaving.delete(member);
    tell(this.#settings.observer, "closed", member.key, error);
    this.#resize();
  }

  #tell(change: Change<number, PoolMember>): void {
    this.#changes.push(change);
    this.#wake?.();
  }

  /** Calls with a signal of the pool's, through which it can end the wait and by which it hears of its end. */
  #wait(request: RequestOf<S>, options: CallOptions | undefined): Promise<ResponseOf<S>> {
    const controller = new AbortController();
    const { signal } = controller;
    const abort = (): void => controller.abort(options?.signal?.reason);
    const over = (): void => {
      this.#waits.delete(signal);
      options?.signal?.removeEventListener("abort", abort);
    };
    this.#waits.set(signal, controller);
    options?.signal?.addEventListener("abort", abort);
    const response = this.balancer.call(request, { ...options, signal });
    response.then(over, over);
    return response;
  }

  #endWaits(error: unknown): void {
    for (const controller of this.#waits.values()) controller.abort(error);
    this.#waits.clear();
  }

  #askAgain(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** Makes or lets go so many, and as many as it takes to keep `min`, or one while anybody needs it. */
  #resize(by = 0): void {
    if (this.#closing !== undefined) return;
    const all = this.size + this.making;
    const least = Math.max(this.min, this.waiting + this.inFlight > 0 || this.#room !== undefined ? 1 : 0);
    let more = Math.max(by, least - all);
    if (more > 0) {
      const draining = [...this.#leaving].filter((member) => !member.death).length;
      more = Math.min(more, this.max - all - draining);
    }
    more -= this.#making.add(more);
    for (; more < 0 && this.size > least; more += 1) this.#letGo();
    this.#awaitTick();
  }

  /** The one with the fewest requests in flight goes; among equals the youngest, since the others are warm. */
  #letGo(): void {
    const [...serving] = this.#serving;
    const least = serving.reduce((least, member) => (member.inFlight <= least.inFlight ? member : least));
    this.#remove(least, "surplus");
    this.#tell({ type: "remove", key: least.key });
  }

  #remove(member: PoolMember, why: RemovedWhy, error?: unknown): void {
    this.#serving.delete(member);
    this.#leaving.add(member);
    this.inFlight -= member.inFlight;
    tell(this.#settings.observer, "removed", member.key, why, error);
  }

  #awaitTick(): void {
    const rests = this.size <= this.min && this.making + this.inFlight + this.waiting === 0;
    if (rests || this.#cancelTick !== undefined) return;
    this.#cancelTick = this.#settings.schedule(this.#sizer.tickMs, () => {
      this.#cancelTick = undefined;
      this.#resize(this.#sizer.tick(this));
      if (this.#told === this.utilization) return;
      this.#told = this.utilization;
      tell(this.#settings.observer, "utilization", this.#told, this.size);
    });
  }

  async #close(): Promise<void> {
    // A hook that hears of what follows may call, or close again, and must find the pool closed.
    await Promise.resolve();
    const error = closed();
    this.#cancelTick?.();
    this.#making.stop(error);
    for (const member of this.#serving) this.#remove(member, "closed");
    const closing = this.balancer.close?.();
    this.#endWaits(error);
    this.#room?.reject(error);
    await closing;
    // Those that the balancer never came to read, or that it leaves to others.
    await Promise.all([...this.#leaving].map((member) => member.close()));
  }
}

function closed(): ClosedError {
  return new ClosedError("the pool is closed");
}

function ignore(): void {}
