// How a group of endpoints chooses, and what it allows: the options, and their checks.

import { checkFunction, checkNumber } from "@bal/errors";
import { schedule as coreSchedule, type Discover, type Layer, type Schedule, type Service } from "@bal/service";
import type { DispatchRequest, DispatchResult } from "./attempt.ts";
import type { DispatchEndpoint } from "./endpoint.ts";

/** How a group of endpoints chooses, and what it allows. */
export interface GroupOptions {
  /** Makes the balancer out of the endpoints: `(endpoints) => balance(endpoints)` with `balance` of `@bal/p2c`. */
  readonly balance: (endpoints: Discover<unknown, DispatchEndpoint>) => Service<DispatchRequest, DispatchResult>;
  /**
   * The layer that gives each endpoint its load: one of `@bal/load`. A request is over when its body is. Unless given the
   * load is the number of requests running, which knows nothing of fast and slow.
   */
  readonly load?: Layer<DispatchEndpoint>;
  /**
   * Requests on one endpoint at once, at most; the rest waits in the balancer's one queue. 100 unless given, which RFC
   * 9113 recommends as the least that a server should allow on a connection.
   */
  readonly concurrency?: number;
  /**
   * The first pause after a failure to connect, in ms, before one request may try again; doubled each time. 100 unless
   * given.
   */
  readonly backoffMs?: number;
  /** The longest pause, in ms; 2,000 unless given, so that a server that returns has its share within seconds. */
  readonly maxBackoffMs?: number;
  /** Spreads the pauses between half and all of their length; `Math.random` unless given. */
  readonly random?: () => number;
  /** The timer of the pauses; one that keeps no process alive unless given. */
  readonly schedule?: Schedule;
}

/** Throws what is wrong before anything has begun. */
export function checkGroupOptions(options: GroupOptions): Required<GroupOptions> {
  const { balance, load = same, concurrency = 100, backoffMs = 100, maxBackoffMs = 2_000 } = options;
  const { random = Math.random, schedule = coreSchedule } = options;
  const range = { above: true, max: 2 ** 31 - 1, unit: "ms" };
  for (const [name, fn] of Object.entries({ balance, load, random, schedule })) checkFunction(name, fn);
  checkNumber("concurrency", concurrency, { min: 1, whole: true });
  checkNumber("backoffMs", backoffMs, range);
  checkNumber("maxBackoffMs", maxBackoffMs, range);
  return { balance, load, concurrency, backoffMs, maxBackoffMs, random, schedule };
}

function same(endpoint: DispatchEndpoint): DispatchEndpoint {
  return endpoint;
}
