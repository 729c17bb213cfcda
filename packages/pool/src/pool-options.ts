// What a pool can be told, and the check of it.

import { checkFunction, checkHooks, checkMethods, checkNumber, checkObject } from "@bal/errors";
import {
  now as clock,
  type Discover,
  type RequestOf,
  type ResponseOf,
  type Schedule,
  type Service,
  schedule as timer,
} from "@bal/service";
import type { MakingSettings } from "./making.ts";
import type { Member } from "./member.ts";
import type { PoolObserver } from "./pool-observer.ts";
import type { Sizing } from "./sizing.ts";
import { staffing } from "./staffing.ts";

/** The pause after a failed make: it doubles with each failure in a row; what is taken is half of it and up to as much again at random. */
export interface BackoffOptions {
  /** After the first failure, in ms. 100 unless given: a server that restarts is back within a few of these. */
  readonly baseMs?: number;
  /** At most, in ms. 10,000 unless given: a server that is up again is noticed within that time. */
  readonly maxMs?: number;
}

export interface PoolOptions<S, B> {
  /**
   * Builds the balancer over the services of the pool, such as `(services) => balance(services)`. It holds the one queue,
   * passes on the signal of a call, and closes what it is handed, as every balancer does.
   */
  readonly balance: (services: Discover<number, Member<S>>) => B;
  /** The rule by which the pool grows and shrinks; `staffing()` unless given. */
  readonly sizing?: Sizing;
  /** Services kept at all times, a whole number. 1 unless given: the first call finds one. 0: none while nothing is asked. */
  readonly min?: number;
  /** Services at most, those included that still drain; a whole number from 1. Infinity unless given. */
  readonly max?: number;
  /** Makes under way at once, a whole number from 1; what suits the sizing unless given. */
  readonly makeConcurrency?: number;
  /**
   * How long a make may take, in ms; past it the make is aborted and counts as failed. 60,000 unless given: a model may
   * take that long to load, and one that hangs must not hold its place for ever. Infinity: no limit.
   */
  readonly makeTimeoutMs?: number;
  /** The pauses after failed makes. */
  readonly backoff?: BackoffOptions;
  /** The clock of what the observer hears, in ms, monotonic; `performance.now` unless given. */
  readonly now?: () => number;
  /** The timer; the platform's unless given, which keeps no process alive. */
  readonly schedule?: Schedule;
  /** Chance in [0, 1), for the pauses; `Math.random` unless given. */
  readonly random?: () => number;
  /** Hears what happens. */
  readonly observer?: PoolObserver;
}

export interface PoolSettings<S, B> extends MakingSettings {
  readonly balance: (services: Discover<number, Member<S>>) => B;
  readonly sizing: Sizing;
  readonly min: number;
  readonly max: number;
}

/** @throws InvalidOptionError */
export function poolSettings<S, B>(options: PoolOptions<S, B>): PoolSettings<S, B> {
  const {
    balance,
    sizing = staffing(),
    min = 1,
    max = Infinity,
    makeTimeoutMs = 60_000,
    observer,
  } = checkObject("options", options);
  const { now = clock, schedule = timer, random = Math.random, backoff = {} } = options;
  const { baseMs = 100, maxMs = 10_000 } = checkObject("backoff", backoff);
  checkMethods("sizing", sizing, ["begin"]);
  const { makeConcurrency = sizing.makeConcurrency } = options;
  checkNumber("min", min, { whole: true, max: Number.MAX_SAFE_INTEGER });
  checkNumber("max", max, { whole: true, min: Math.max(min, 1) });
  checkNumber("makeConcurrency", makeConcurrency, { whole: true, min: 1 });
  for (const [name, ms] of Object.entries({ makeTimeoutMs, "backoff.baseMs": baseMs, "backoff.maxMs": maxMs })) {
    checkNumber(name, ms, { above: true, unit: "ms" });
  }
  for (const [name, value] of Object.entries({ balance, now, schedule, random })) checkFunction(name, value);
  checkHooks("observer", observer);
  return { balance, sizing, min, max, makeConcurrency, makeTimeoutMs, baseMs, maxMs, now, schedule, random, observer };
}

/** The balancer that a pool of `S` may be handed. */
export type PoolBalancer<S> = Service<RequestOf<S>, ResponseOf<S>>;
