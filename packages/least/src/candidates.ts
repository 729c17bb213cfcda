// What the picker keeps endpoints in: sets that each know the least loaded of their own.

import type { Endpoint, Load } from "@bal/service";

/** An endpoint with a load. */
export type Loaded = Endpoint<unknown, Load>;

/** Endpoints that can be compared with one another, kept by identity and by `slot`. */
export interface Candidates<E extends Loaded> {
  /** The object that the ranks in it share; undefined where loads are asked. */
  readonly order: object | undefined;
  readonly size: number;
  has(endpoint: E): boolean;
  add(endpoint: E): void;
  delete(endpoint: E): void;
  changed(endpoint: E): void;
  /** One of those with the least load of this instant, each as likely; without `random` any of them. At least one is in. */
  best(random?: () => number): E;
}

/** A slot as it is while a change waits to be noted, and back: below −1, which is the slot of who is not in. */
export function marked(slot: number): number {
  return -2 - slot;
}

export function isMarked({ slot }: Loaded): boolean {
  return slot < -1;
}

/** The object that a load's ranks share, undefined for one without an order. */
export function orderOf({ service }: Loaded): object | undefined {
  return service.rank === undefined ? undefined : service.order;
}

/** The load, in an order of numbers: what is NaN or throws stands behind all others, Infinity included. */
export function loadOf({ service }: Loaded): number {
  try {
    return comparable(service.load());
  } catch {
    return Infinity;
  }
}

/** The rank, in the same order of numbers. */
export function rankOf({ service }: Loaded): number {
  try {
    return comparable(service.rank?.() ?? Number.NaN);
  } catch {
    return Infinity;
  }
}

function comparable(value: number): number {
  if (value < Number.MAX_VALUE) return value;
  return Number.isNaN(value) ? Infinity : Number.MAX_VALUE;
}
