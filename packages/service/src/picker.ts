// The contract of a picker: which of the endpoints that are ready comes next.

/** What a picker sees of an endpoint. Held by identity, never by index. */
export interface Endpoint<out K, out S> {
  readonly key: K;
  readonly service: S;
  /** The picker's own, -1 at first: it may keep the endpoint's place in its structure there. */
  slot: number;
}

/**
 * Chooses among the ready endpoints. Synchronous; owns no endpoint; O(1) or O(log n) in each of its methods wherever its
 * loads allow. A picker serves one balance.
 */
export interface Picker<E extends Endpoint<unknown, unknown>> {
  /** `endpoint` has become ready. A throw says that such an endpoint can never be picked from (it has no load). */
  add(endpoint: E): void;
  /** `endpoint` is ready no longer. */
  delete(endpoint: E): void;
  /** The endpoint that the next request goes to; undefined only when nothing was added. Changes no membership. */
  pick(): E | undefined;
  /**
   * A request began or ended on an endpoint that is in: its load may have moved. A picker that has no such method costs
   * nothing when that happens.
   */
  changed?(endpoint: E): void;
}
