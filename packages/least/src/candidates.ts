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
  /** One of those with the least load of this instant, each as likely. At least one is in. */
  best(random: () => number): E;
}

/** Whether a change of it waits to be noted. Its slot says so meanwhile: below −1, which is that of who is not in. */
export function isMarked({ slot }: Loaded): boolean {
  return slot < -1;
}

/** Marks one that is not, and takes the mark from one that is. */
export function turnMark(endpoint: Loaded): void {
  endpoint.slot = -2 - endpoint.slot;
}

/** Gives one that is in another slot; a mark stays. */
export function moveTo(slot: number, endpoint: Loaded): void {
  const was = isMarked(endpoint);
  endpoint.slot = slot;
  if (was) turnMark(endpoint);
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
