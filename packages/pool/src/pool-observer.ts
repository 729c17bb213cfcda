// What a pool tells of itself, for metrics and logs.

import type { MakeError } from "@bal/errors";

/** Why a service left: too many, failed for good, or the pool was closed. */
export type RemovedWhy = "surplus" | "failed" | "closed";

/**
 * Hooks, each optional, called in the same run in which the thing happens. Keys are the numbers under which the balancer
 * knows the services, 0 for the first make. A hook that throws changes nothing in the pool: its error is thrown again on
 * its own, as an uncaught one.
 */
export interface PoolObserver {
  /** A make has begun. */
  making?(key: number): void;
  /** It has produced a service, which serves from now on. */
  made?(key: number, tookMs: number): void;
  /** It has failed; the next begins after the pause at the earliest. */
  makeFailed?(key: number, error: MakeError, pauseMs: number): void;
  /** A service gets no new request. The error is what it failed with, where it failed and that is known. */
  removed?(key: number, why: RemovedWhy, error?: unknown): void;
  /** A service that was removed has answered its last request and is closed, or failed to close. */
  closed?(key: number, error?: unknown): void;
  /** The level by which the sizing judges has changed since the last look, one look a tick of the sizing. */
  utilization?(level: number, size: number): void;
}
