// An endpoint as the engine sees it: who it is, whether it is ready, and what is in flight on it.

import type { Endpoint, Follower, Load, LoadWatcher, Service } from "@bal/service";

/** What any endpoint's service looks like to the engine; a load is a picker's wish, not the engine's. */
export type AnyService = Service<never, unknown> & Partial<Load>;

/** Who hears of a member's requests. */
export interface MemberEvents<M> {
  /** A request began or ended. */
  changed(member: M): void;
}

/** Its place while it is not ready, and once it is none of the endpoints any more. */
export const notReady = -1;
export const gone = -2;

/**
 * Held by identity. Few fields, since there may be a million of these; it follows its own requests where the load does
 * not tell of them, so that a request needs no closure.
 */
export class Member<K, S extends AnyService> implements Endpoint<K, S>, LoadWatcher, Follower<unknown> {
  key: K;
  readonly service: S;
  slot = -1;
  /** Its index in the ready set, or `notReady` or `gone`. */
  place: number = notReady;
  /** Requests of this balance in flight; -1: the load tells of them. */
  inFlight: number;
  readonly #events: MemberEvents<Member<K, S>>;

  constructor(key: K, service: S, events: MemberEvents<Member<K, S>>, trustLoad: boolean) {
    this.key = key;
    this.service = service;
    this.#events = events;
    this.inFlight = trustLoad && service.watch !== undefined ? -1 : 0;
  }

  get pending(): number {
    return this.inFlight < 0 ? (this.service.pending ?? 0) : this.inFlight;
  }

  loadChanged(): void {
    this.#events.changed(this);
  }

  fulfilled(): void {
    this.#ended();
  }

  rejected(): void {
    this.#ended();
  }

  #ended(): void {
    this.inFlight -= 1;
    this.#events.changed(this);
  }
}
