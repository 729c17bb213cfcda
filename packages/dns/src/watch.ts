// Asks again and again, as often as the answers allow, and tells the difference.

import { checkFunction, checkNumber } from "@bal/errors";
import {
  type Change,
  now as coreNow,
  schedule as coreSchedule,
  type Discover,
  type Schedule,
  tell,
} from "@bal/service";
import { type Address, sameAddress } from "./address.ts";
import type { Resolver } from "./resolver.ts";

/** Hears of lookups. */
export interface WatchObserver {
  /** DNS answered with so many addresses; the next lookup begins `nextInMs` from now. */
  answered?(addresses: number, nextInMs: number): void;
  /** A lookup failed; what is known stays, and the next one begins `nextInMs` from now. */
  failed?(error: unknown, nextInMs: number): void;
}

export interface WatchOptions {
  /** The least pause between two lookups, in ms, whatever the TTL; 1,000 unless given. */
  readonly minTtlMs?: number;
  /** The longest, in ms; 30,000 unless given, so that a change is seen whatever the TTL. */
  readonly maxTtlMs?: number;
  /** Added to each pause: a random share of it, up to this one, and 500 ms at most; 0.1 unless given. */
  readonly jitter?: number;
  /** The first pause after a failure, in ms, doubled each time up to `maxTtlMs` and drawn between half and all; 1,000. */
  readonly backoffMs?: number;
  /**
   * A name that does not exist, or has no address, is believed once answers have said so for this long, in ms; until then
   * what is known stays. 30,000 unless given: it is more often a server that has just restarted than the truth. 0: at once.
   */
  readonly graceMs?: number;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly schedule?: Schedule;
  readonly observer?: WatchObserver;
}

/** What a lookup found. */
export interface Answer {
  readonly addresses: readonly Address[];
  /** For how long it holds, in seconds. */
  readonly ttl: number;
}

export type Lookup = (resolver: Resolver) => Promise<Answer>;

interface WatchRules extends Required<Omit<WatchOptions, "observer">> {
  readonly observer: WatchObserver | undefined;
  readonly resolver: () => Resolver;
  readonly lookUp: Lookup;
}

/** A discover whose every reader asks by itself. */
export function watch(
  options: WatchOptions,
  resolver: () => Resolver,
  makeLookUp: () => Lookup,
): Discover<string, Address> {
  const { minTtlMs = 1_000, maxTtlMs = 30_000, jitter = 0.1, backoffMs = 1_000, graceMs = 30_000, observer } = options;
  const { now = coreNow, random = Math.random, schedule = coreSchedule } = options;
  const range = { above: true, max: 2 ** 31 - 1, unit: "ms" };
  for (const [name, value] of Object.entries({ minTtlMs, maxTtlMs, backoffMs })) checkNumber(name, value, range);
  checkNumber("maxTtlMs", maxTtlMs, { min: minTtlMs, unit: "ms" });
  checkNumber("graceMs", graceMs, { unit: "ms" });
  checkNumber("jitter", jitter, { max: 1 });
  for (const [name, fn] of Object.entries({ now, random, schedule })) checkFunction(name, fn);
  const rules = { minTtlMs, maxTtlMs, jitter, backoffMs, graceMs, observer, now, random, schedule, resolver };
  return { [Symbol.asyncIterator]: () => new Reader({ ...rules, lookUp: makeLookUp() }) };
}

type Batch = readonly Change<string, Address>[];

class Reader implements AsyncIterator<Batch, undefined> {
  readonly #rules: WatchRules;
  #known: ReadonlyMap<string, Address> = new Map();
  #dueAt = -Infinity;
  #failures = 0;
  /** Since when answers have been empty. */
  #emptySince: number | undefined;
  #last: Promise<IteratorResult<Batch, undefined>> | undefined;
  #left = false;
  /** Ends what is waited for. */
  #interrupt: (() => void) | undefined;

  constructor(rules: WatchRules) {
    this.#rules = rules;
  }

  next(): Promise<IteratorResult<Batch, undefined>> {
    const step = (): Promise<IteratorResult<Batch, undefined>> => this.#step();
    this.#last = this.#last === undefined ? step() : this.#last.then(step);
    return this.#last;
  }

  async return(): Promise<IteratorResult<Batch, undefined>> {
    this.#left = true;
    this.#interrupt?.();
    return { done: true, value: undefined };
  }

  async #step(): Promise<IteratorResult<Batch, undefined>> {
    while (!this.#left) {
      await this.#pause();
      const changes = this.#left ? undefined : await this.#ask();
      if (changes !== undefined && changes.length > 0) return { done: false, value: changes };
    }
    return { done: true, value: undefined };
  }

  async #pause(): Promise<void> {
    const ms = this.#dueAt - this.#rules.now();
    if (!(ms > 0)) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#rules.schedule(ms, resolve);
      this.#interrupt = () => {
        cancel();
        resolve();
      };
    });
    this.#interrupt = undefined;
  }

  /** One lookup; the changes that it brought. */
  async #ask(): Promise<Batch | undefined> {
    const { lookUp, resolver: make, observer } = this.#rules;
    let answer: Answer | undefined;
    try {
      const resolver = make();
      answer = await new Promise<Answer | undefined>((resolve, reject) => {
        this.#interrupt = () => {
          resolver.cancel?.();
          resolve(undefined);
        };
        lookUp(resolver).then(resolve, reject);
      });
    } catch (error) {
      if (this.#left) return undefined;
      tell(observer, "failed", error, this.#backOff());
      return undefined;
    } finally {
      this.#interrupt = undefined;
    }
    if (answer === undefined || this.#left) return undefined;
    this.#failures = 0;
    tell(observer, "answered", answer.addresses.length, this.#wait(answer.ttl * 1_000));
    return this.#believe(answer) ? this.#difference(answer.addresses) : undefined;
  }

  #backOff(): number {
    const { backoffMs, maxTtlMs, random, now } = this.#rules;
    const ms = Math.min(maxTtlMs, backoffMs * 2 ** this.#failures) * (1 - random() / 2);
    this.#failures += 1;
    this.#dueAt = now() + ms;
    return ms;
  }

  #wait(ttlMs: number): number {
    const { minTtlMs, maxTtlMs, jitter, random, now } = this.#rules;
    const boundedMs = Math.min(maxTtlMs, Math.max(minTtlMs, ttlMs));
    const ms = boundedMs + Math.min(500, boundedMs * jitter * random());
    this.#dueAt = now() + ms;
    return ms;
  }

  #believe({ addresses }: Answer): boolean {
    if (addresses.length > 0) {
      this.#emptySince = undefined;
      return true;
    }
    const at = this.#rules.now();
    this.#emptySince ??= at;
    return at - this.#emptySince >= this.#rules.graceMs;
  }

  #difference(addresses: readonly Address[]): Batch {
    const found = new Map(addresses.map((address) => [address.host, address]));
    const changes: Change<string, Address>[] = [];
    for (const key of this.#known.keys()) if (!found.has(key)) changes.push({ type: "remove", key });
    for (const [key, service] of found) {
      const known = this.#known.get(key);
      if (known === undefined || !sameAddress(known, service)) changes.push({ type: "insert", key, service });
    }
    this.#known = found;
    return changes;
  }
}
