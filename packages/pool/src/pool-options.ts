// What a pool can be told, and the check of it.

import { checkFunction, checkMethods, checkNumber } from "@bal/errors";
import {
  type Discover,
  now,
  type RequestOf,
  type ResponseOf,
  type Schedule,
  type Service,
  schedule,
} from "@bal/service";
import type { BackoffOptions } from "./backoff.ts";
import type { MakingSettings } from "./making.ts";
import type { Member } from "./member.ts";
import type { PoolObserver } from "./pool-observer.ts";
import type { Sizing } from "./sizing.ts";
import { staffing } from "./staffing.ts";

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

export interface PoolSettings<S, B> {
  readonly balance: (services: Discover<number, Member<S>>) => B;
  readonly sizing: Sizing;
  readonly min: number;
  readonly max: number;
  readonly making: MakingSettings;
  readonly schedule: Schedule;
  readonly observer: PoolObserver | undefined;
}

/** @throws InvalidOptionError */
export function poolSettings<S, B>(options: PoolOptions<S, B>): PoolSettings<S, B> {
  const { min = 1, max = Infinity, sizing = staffing(), schedule: timer = schedule, observer } = options;
  checkFunction("balance", options.balance);
  checkMethods("sizing", sizing, ["begin"]);
  checkNumber("min", min, { whole: true, max: Number.MAX_SAFE_INTEGER });
  checkNumber("max", max, { whole: true, min: Math.max(min, 1) });
  const making = {
    concurrency: checkNumber("makeConcurrency", options.makeConcurrency ?? sizing.makeConcurrency, {
      min: 1,
      whole: true,
    }),
    timeoutMs: checkNumber("makeTimeoutMs", options.makeTimeoutMs ?? 60_000, { above: true, unit: "ms" }),
    baseMs: checkNumber("backoff.baseMs", options.backoff?.baseMs ?? 100, { above: true, unit: "ms" }),
    maxMs: checkNumber("backoff.maxMs", options.backoff?.maxMs ?? 10_000, { above: true, unit: "ms" }),
    now: checkFunction("now", options.now ?? now),
    random: checkFunction("random", options.random ?? Math.random),
    schedule: checkFunction("schedule", timer),
  };
  return { balance: options.balance, sizing, min, max, making, schedule: timer, observer };
}

/** The balancer that a pool of `S` may be handed. */
export type PoolBalancer<S> = Service<RequestOf<S>, ResponseOf<S>>;
