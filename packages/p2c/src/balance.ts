// The balance: one queue in front of endpoints that come and go, and a picker that chooses among the ready ones.

import { checkFunction, checkHooks, checkMethods, checkNumber, checkObject, InvalidOptionError } from "@bal/errors";
import {
  type Discover,
  type Endpoint,
  type Load,
  now,
  type Picker,
  type RequestOf,
  type ResponseOf,
  type Service,
} from "@bal/service";
import type { BalanceObserver } from "./balance-observer.ts";
import { type Balance, Engine } from "./engine.ts";
import type { AnyService } from "./member.ts";
import { p2c } from "./p2c.ts";

export interface BalanceOptions<K, S> {
  /** Chooses among the ready endpoints; `p2c()` unless given. A picker serves one balance. */
  readonly picker?: Picker<Endpoint<K, S>>;
  /**
   * Calls that may wait while no endpoint is ready; past it a call rejects with `OverloadedError`. 10,000 unless given: a
   * burst passes, and a caller that never stops does not fill the memory. 0: nobody ever waits, not even for the first
   * endpoints to arrive.
   */
  readonly maxQueue?: number;
  /**
   * Whether the balance closes the services that discovery hands over. `true` unless given; `false` where several
   * balances share them, and someone else closes them.
   */
  readonly closes?: boolean;
  /** Hears what happens. */
  readonly observer?: BalanceObserver<K>;
  /** The clock of what the observer hears, in ms, monotonic; `performance.now` unless given. */
  readonly now?: () => number;
}

/**
 * Spreads calls over the endpoints of `discover`.
 *
 * A call goes to the endpoint that the picker chooses among those that are ready; when none is, it waits in one queue, in
 * front of all of them, first come first served. It rejects with what the endpoint rejects with, untouched, and else
 * with `OverloadedError` (the queue is full), `NoEndpointsError` or `DiscoverError` (none is left and none can come),
 * `ClosedError`, or `signal.reason`.
 *
 * @throws InvalidOptionError
 *
 * @example
 * ```ts
 * import { list } from "@bal/discover";
 * import { pendingRequests } from "@bal/load";
 * import { balance } from "@bal/p2c";
 * import { serviceFn } from "@bal/service";
 *
 * const servers = ["a", "b", "c"].map((name) => pendingRequests()(serviceFn(async (n: number) => `${name}${n}`)));
 * await using balanced = balance(list(servers));
 * console.log((await balanced.call(7)).slice(1)); // → 7
 * ```
 */
export function balance<K, S extends Service<never, unknown>>(
  discover: Discover<K, S>,
  options: BalanceOptions<K, S> & { readonly picker: Picker<Endpoint<K, S>> },
): Balance<K, RequestOf<S>, ResponseOf<S>>;
export function balance<K, S extends Service<never, unknown> & Load>(
  discover: Discover<K, S>,
  options?: BalanceOptions<K, S>,
): Balance<K, RequestOf<S>, ResponseOf<S>>;
export function balance<K, S extends AnyService>(
  discover: Discover<K, S>,
  options: BalanceOptions<K, S> = {},
): Balance<K, RequestOf<S>, ResponseOf<S>> {
  checkMethods("discover", discover, [Symbol.asyncIterator]);
  const { maxQueue = 10_000, closes = true, observer, now: clock = now } = checkObject("options", options);
  const { picker = p2c() as Picker<Endpoint<K, S>> } = options;
  checkMethods("picker", picker, ["add", "delete", "pick"]);
  checkNumber("maxQueue", maxQueue, { whole: true });
  checkFunction("now", clock);
  if (typeof closes !== "boolean") throw new InvalidOptionError("closes", { expected: "true or false", came: closes });
  checkHooks("observer", observer);
  if (serving.has(picker)) {
    throw new InvalidOptionError("picker", { expected: "one of its own for each balance", came: "the same one again" });
  }
  serving.add(picker);
  return new Engine<K, S, RequestOf<S>, ResponseOf<S>>(discover, { picker, maxQueue, closes, observer, now: clock });
}

/** Pickers that a balance has. */
const serving = new WeakSet<object>();
