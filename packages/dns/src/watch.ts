// Asks again and again, as often as the answers allow, and tells the difference.

import { checkFunction, checkHooks, checkNumber } from "@bal/errors";
import {
  type Change,
  now as coreNow,
  schedule as coreSchedule,
  type Discover,
  type Feed,
  reader,
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

/** A discover whose every reader asks by itself. */
export function watch(
  options: WatchOptions,
  resolver: () => Resolver,
  makeLookUp: () => Lookup,
): Discover<string, Address> {
  const { minTtlMs = 1_000, maxTtlMs = 30_000, jitter = 0.1, backoffMs = 1_000, graceMs = 30_000, observer } = options;
  const { now = coreNow, random = Math.random, schedule = coreSchedule } = options;
  const range = { above: true, unit: "ms" };
  for (const [name, value] of Object.entries({ minTtlMs, maxTtlMs, backoffMs })) checkNumber(name, value, range);
  checkNumber("maxTtlMs", maxTtlMs, { min: minTtlMs, unit: "ms" });
  checkNumber("graceMs", graceMs, { unit: "ms" });
  checkNumber("jitter", jitter, { max: 1 });
  for (const [name, fn] of Object.entries({ now, random, schedule })) checkFunction(name, fn);
  checkHooks("observer", observer);

  const open = (wake: () => void): Feed<Batch> => {
    const lookUp = makeLookUp();
    let known: ReadonlyMap<string, Address> = new Map();
    /** What has not been handed out. */
    let changes: Batch = [];
    let dueAt = -Infinity;
    let failures = 0;
    /** Since when answers have been empty. */
    let emptySince: number | undefined;
    /** Ends the pause or the lookup that is under way. */
    let cancel: (() => void) | undefined;
    let left = false;

    const pause = (ms: number): number => {
      dueAt = now() + ms;
      return ms;
    };
    const backOff = (): number => {
      const ms = Math.min(maxTtlMs, backoffMs * 2 ** failures) * (1 - random() / 2);
      failures += 1;
      return pause(ms);
    };
    const hold = (ttlMs: number): number => {
      const ms = Math.min(maxTtlMs, Math.max(minTtlMs, ttlMs));
      failures = 0;
      // Of Infinity a share may be none.
      return pause(ms + (Math.min(500, ms * jitter * random()) || 0));
    };
    const believed = (addresses: number): boolean => {
      emptySince = addresses > 0 ? undefined : (emptySince ?? now());
      return emptySince === undefined || now() - emptySince >= graceMs;
    };
    const ask = async (): Promise<void> => {
      try {
        const asked = resolver();
        cancel = () => asked.cancel?.();
        const { addresses, ttl } = await lookUp(asked);
        if (left) return;
        tell(observer, "answered", addresses.length, hold(ttl * 1_000));
        if (believed(addresses.length)) {
          const found = new Map(addresses.map((address) => [address.host, address]));
          changes = difference(known, found);
          known = found;
        }
      } catch (error) {
        if (left) return;
        tell(observer, "failed", error, backOff());
      }
      cancel = undefined;
      wake();
    };

    return {
      take() {
        if (changes.length > 0) {
          const value = changes;
          changes = [];
          return { done: false, value };
        }
        if (cancel === undefined) {
          const ms = dueAt - now();
          if (ms > 0) cancel = schedule(ms, () => void ask());
          else void ask();
        }
        return undefined;
      },
      leave() {
        left = true;
        cancel?.();
      },
    };
  };
  return { [Symbol.asyncIterator]: () => reader(open) };
}

type Batch = readonly Change<string, Address>[];

function difference(known: ReadonlyMap<string, Address>, found: ReadonlyMap<string, Address>): Batch {
  const changes: Change<string, Address>[] = [];
  for (const key of known.keys()) if (!found.has(key)) changes.push({ type: "remove", key });
  for (const [key, service] of found) {
    const before = known.get(key);
    if (before === undefined || !sameAddress(before, service)) changes.push({ type: "insert", key, service });
  }
  return changes;
}
