// The contract of a load: a number that an endpoint reports of itself, and how it tells that the number has moved.

/** Hears of a load that has moved. */
export interface LoadWatcher {
  /** A request began or ended on the load that is watched. Synchronous, cheap, and never throws. */
  loadChanged(): void;
}

/**
 * Says how busy a service is; less is better. Asking changes nothing.
 *
 * Only `load()` is owed. The rest is for those who keep an order or wait for the end of requests, at no cost where
 * nobody does.
 */
export interface Load {
  /** The load of this instant. Compared with others of the same instant only: it may fall by itself as time goes by. */
  load(): number;
  /**
   * An order that time does not move, for pickers that keep one: less is better, ln of the load up to a term that all
   * loads of the same `order` share. Between two calls of `loadChanged` it may grow by itself (a request that waits ever
   * longer), never fall, and where `pending` is 0 it stays; it needs no clock but for that. For an estimate that fades:
   * ln(estimate) + faded + ln(pending + 1).
   */
  rank?(): number;
  /** Ranks are compared between loads that name the same object here. May change whenever `loadChanged` is told. */
  readonly order?: object;
  /** Requests begun and not yet complete. A load that has `watch` has this. */
  readonly pending?: number;
  /** Tells `watcher` from now on, once, right after a request has begun or ended, whoever sent it. */
  watch?(watcher: LoadWatcher): void;
  /** Tells `watcher` no more; without effect when it was not told. */
  unwatch?(watcher: LoadWatcher): void;
}
