// Asks again and again who is there, and tells the difference.

import { checkFunction, checkHooks, checkNumber, checkObject } from "@bal/errors";
import { now as coreNow, schedule as coreSchedule, type Discover, serviceFn, tell } from "@bal/service";
import { type AnyEntries, type Entries, type KeyOf, toMap, type ValueOf } from "./entries.ts";
import { liveSet } from "./live-set.ts";
import type { PollOptions } from "./poll-options.ts";

/** A discover that asks only while somebody reads it. */
export interface Poll<K, V> extends Discover<K, V> {
  /**
   * Asks soon, because something hints at a change (calls that fail): at once, or `backoffMs` after the last lookup
   * began if that is later, so that many hints make few lookups. With a lookup under way one more follows it. After a
   * failed lookup the pause stands: a registry in trouble is not helped by hints. Without a reader it does nothing.
   */
  refresh(): void;
}

/**
 * What `lookup` finds, kept up to date: the first answer whole, then the differences.
 *
 * `lookup(signal)` gives the entries of the moment: a Map, [key, value] pairs or a plain object, or a promise of it. The
 * first one is made when the first reader asks. All readers share the lookups; a reader that comes later gets what is
 * known at once. When the last reader leaves, a lookup under way is aborted and what is known is forgotten.
 *
 * A lookup that fails (rejects, takes too long, answers something wrong) changes nothing: what is known stays, the
 * observer hears of it, and another try follows. So a poll never fails and never ends.
 *
 * Values are shared by the readers; `mapEndpoints` makes them into services for each.
 *
 * @example
 * ```ts
 * import { poll } from "@bal/discover";
 *
 * const origins = poll(async () => ({ a: "http://10.0.0.1", b: "http://10.0.0.2" }), { intervalMs: 30_000 });
 * for await (const changes of origins) {
 *   console.log(changes.map(({ key }) => key)); // → [ 'a', 'b' ]
 *   break;
 * }
 * ```
 *
 * @throws InvalidOptionError
 */
export function poll<A extends AnyEntries>(
  lookup: (signal: AbortSignal) => A | PromiseLike<A>,
  options: PollOptions<A> = {},
): Poll<KeyOf<A>, ValueOf<A>> {
  type K = KeyOf<A>;
  type V = ValueOf<A>;
  const {
    intervalMs = 5_000,
    same = Object.is,
    timeoutMs = 10_000,
    backoffMs = 1_000,
    jitter = 0.1,
    graceMs = 30_000,
    now = coreNow,
    schedule = coreSchedule,
    random = Math.random,
    observer,
  } = checkObject("options", options);
  const intervalOf = typeof intervalMs === "function" ? intervalMs : undefined;
  const unit = "ms";
  const positive = { unit, above: true };
  const times = { intervalMs: intervalOf ? 1 : intervalMs, timeoutMs, backoffMs };
  for (const [name, fn] of Object.entries({ lookup, same, now, schedule, random })) checkFunction(name, fn);
  for (const [name, ms] of Object.entries(times)) checkNumber(name, ms, positive);
  // Only now that its default can be reckoned.
  const { maxBackoffMs = 30 * backoffMs } = options;
  checkNumber("maxBackoffMs", maxBackoffMs, positive);
  checkNumber("jitter", jitter, { max: 1 });
  checkNumber("graceMs", graceMs, { unit });
  checkHooks("observer", observer);

  // Its calls end at an abort, whatever the lookup does.
  const lookups = serviceFn<undefined, A>((_, { signal }) => lookup(signal as AbortSignal));
  /** The lookup under way; while somebody reads and none is, a pause runs. */
  let run: AbortController | undefined;
  /** Ends the time limit of the lookup, or the pause. */
  let cancel: (() => void) | undefined;
  /** When the last lookup began. */
  let askedAt = 0;
  /** When the pause ends. */
  let dueAt = 0;
  /** Failures in a row. */
  let failures = 0;
  /** When an empty answer will be believed, once one has come that was not. */
  let believedAt: number | undefined;
  /** A hint came since the last lookup began: the next one shall not begin later than this. */
  let hintedAt = Infinity;

  const wait = (ms: number, then: () => void): void => {
    cancel?.();
    cancel = schedule(ms, then);
  };
  const pause = (untilMs: number): void => {
    run = undefined;
    dueAt = untilMs;
    wait(Math.max(0, dueAt - now()), () => void ask());
  };

  const ask = async (): Promise<void> => {
    const asked = new AbortController();
    run = asked;
    hintedAt = Infinity;
    askedAt = now();
    wait(timeoutMs, () => asked.abort(new DOMException(`the lookup took over ${timeoutMs} ms`, "TimeoutError")));
    try {
      const answer = await lookups.call(undefined, asked);
      if (run !== asked) return;
      const at = now();
      const pauseMs = checkNumber("intervalMs", intervalOf ? intervalOf(answer) : intervalMs, positive);
      const found = toMap(answer as unknown as Entries<K, V>);
      for (const [key, value] of found) {
        const old = known.get(key) as V;
        if (known.has(key) && same(old, value)) found.set(key, old);
      }
      believedAt = found.size === 0 && known.size > 0 ? (believedAt ?? at + graceMs) : undefined;
      const heldMs = Math.max(0, (believedAt ?? at) - at);
      if (heldMs === 0) known.reset(found as Entries<K, V>);
      failures = 0;
      pause(Math.min(at + pauseMs * (1 - jitter * random()), at + (heldMs || Infinity), hintedAt));
      tell(observer, "answered", found.size, heldMs);
    } catch (error) {
      if (run !== asked) return;
      const pauseMs = Math.min(maxBackoffMs, backoffMs * 2 ** failures) * random();
      failures += 1;
      pause(now() + pauseMs);
      tell(observer, "failed", error, pauseMs);
    }
  };

  const known = liveSet<K, V>({
    opened: () => void ask(),
    idle() {
      run?.abort();
      cancel?.();
      run = cancel = undefined;
      failures = 0;
      known.reset([] as Entries<K, V>);
    },
  });

  return {
    [Symbol.asyncIterator]: known[Symbol.asyncIterator],
    refresh() {
      hintedAt = askedAt + backoffMs;
      if (run === undefined && cancel !== undefined && failures === 0) pause(Math.min(dueAt, hintedAt));
    },
  };
}
