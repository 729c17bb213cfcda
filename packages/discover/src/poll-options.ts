// The options of `poll`.

import type { Schedule } from "@bal/service";
import type { AnyEntries, ValueOf } from "./entries.ts";

/**
 * What a poll tells of its lookups. Hooks, each optional; a hook that throws changes nothing in the poll: its error is
 * thrown again on its own, as an uncaught one.
 */
export interface PollObserver {
  /**
   * A lookup answered with so many entries. With none, `heldMs` above 0 says that what is known stays: not before so many
   * ms from now an empty answer will be believed.
   */
  answered?(size: number, heldMs: number): void;
  /** A lookup failed, took too long or answered something wrong; the next one begins `retryInMs` from now. */
  failed?(error: unknown, retryInMs: number): void;
}

export interface PollOptions<A extends AnyEntries = AnyEntries> {
  /**
   * The pause between an answer and the next lookup, in ms; or a function that reads it from the answer, where that
   * says how long it holds (a TTL). Infinity: only `refresh()` asks again. 5,000 unless given, as Envoy asks its DNS: an
   * endpoint that came waits a few seconds, and a registry bears it.
   */
  readonly intervalMs?: number | ((answer: A) => number);
  /**
   * Whether the value under a known key is still the same; then the known one stays and nothing is told. `Object.is`
   * unless given.
   */
  readonly same?: (known: ValueOf<A>, found: ValueOf<A>) => boolean;
  /**
   * After so many ms a lookup counts as failed: its signal is aborted and what it still answers is dropped. 10,000 unless
   * given: two tries of a resolver, 5 s each. Infinity: never.
   */
  readonly timeoutMs?: number;
  /**
   * After the n-th failure in a row the pause is drawn evenly from 0 to `backoffMs` · 2ⁿ⁻¹, in ms ("full jitter", M.
   * Brooker, "Exponential backoff and jitter", 2015: clients that failed together do not come back together). 1,000
   * unless given. Also the least time between the lookups that `refresh()` causes.
   */
  readonly backoffMs?: number;
  /** The pause after failures is at most this, in ms. 30 · `backoffMs` unless given, which is 30,000. */
  readonly maxBackoffMs?: number;
  /**
   * Each interval is shortened by a random share of itself, up to this one (0 to 1), so that clients that started
   * together spread. 0.1 unless given.
   */
  readonly jitter?: number;
  /**
   * An answer without any entry is believed once answers have been empty for so many ms; until then what is known stays.
   * 30,000 unless given: an empty answer is more often a registry that has just restarted than the truth, and requests to
   * endpoints that are really gone fail no worse than requests to none. 0: believed at once; Infinity: never.
   */
  readonly graceMs?: number;
  /** The clock, in ms, monotonic; `performance.now()` unless given. */
  readonly now?: () => number;
  /** Runs `fn` once, `ms` from now, and returns what cancels it; the platform's timer, which keeps no process alive. */
  readonly schedule?: Schedule;
  /** Numbers in [0, 1); `Math.random` unless given. */
  readonly random?: () => number;
  /** Hears of answers and failures. */
  readonly observer?: PollObserver;
}
