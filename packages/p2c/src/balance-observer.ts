// What a balance tells of itself, for metrics and logs.

/** How a call ended. */
export interface CallOutcome {
  /** From the start on the endpoint to the end of the call. */
  readonly durationMs: number;
  /** What the call rejected with; absent when it was answered. */
  readonly rejected?: { readonly error: unknown };
}

/**
 * Hooks, each optional, called in the same run in which the thing happens. Without an observer they cost nothing.
 * A hook that throws changes nothing in the balance: its error is thrown again on its own, as an uncaught one.
 */
export interface BalanceObserver<K = unknown> {
  /** An endpoint came under this key: a new one, or one that waits to replace the present one. */
  inserted?(key: K): void;
  /** The endpoint takes requests from now on. */
  ready?(key: K): void;
  /** The endpoint has no room at present. */
  busy?(key: K): void;
  /** The endpoint failed for good and was dropped. */
  failed?(key: K, error: unknown): void;
  /** Discovery removed the endpoint. */
  removed?(key: K): void;
  /** The endpoint that came under this key took the place of the one before. */
  replaced?(key: K): void;
  /** An endpoint that was removed, replaced or failed has answered its last request and is closed, or failed to close. */
  drained?(key: K, error?: unknown): void;
  /** Discovery failed; the endpoints known so far stay. */
  discoveryFailed?(error: unknown): void;
  /** Discovery ended; the endpoints known so far stay. */
  discoveryEnded?(): void;
  /** A call waits, as one of so many. */
  queued?(waiting: number): void;
  /** An endpoint was chosen for a call. */
  picked?(key: K): void;
  /** The call was made on the endpoint. */
  started?(key: K): void;
  /** The call ended. */
  settled?(key: K, outcome: CallOutcome): void;
}
