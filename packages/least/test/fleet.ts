// Endpoints with loads that can be set, fade, grow by themselves, change their order or cannot be had.

import type { Endpoint, Load } from "@bal/service";

/** `alone`: a load without a rank. */
export type Order = "first" | "second" | "alone";

const orders = { first: {}, second: {} };

/** What the loads of a fleet share. */
export interface Clock {
  nowMs: number;
}

/** Its load is value × e^(−now / 1 s), or what `growing` has reached by now if that is more. */
export class SetLoad implements Load {
  value: number;
  kind: Order;
  /** The load grows by itself from here on: the ms at which it began. */
  growsFrom: number | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock, value: number, kind: Order) {
    this.#clock = clock;
    this.value = value;
    this.kind = kind;
  }

  load(): number {
    if (this.value === -1) throw new Error("this load cannot be had");
    return Math.exp(this.#rank() - this.#clock.nowMs / 1_000);
  }

  get order(): object {
    return orders[this.kind as "first"];
  }

  /** ln of the load, up to what all have faded by now. */
  rank?(): number {
    if (this.value === -1) throw new Error("this rank cannot be had");
    return this.#rank();
  }

  #rank(): number {
    const { nowMs } = this.#clock;
    const own = Math.log(this.value);
    return this.growsFrom === undefined ? own : Math.max(own, Math.log((nowMs - this.growsFrom) / 100) + nowMs / 1_000);
  }
}

export type Settable = Endpoint<number, Load> & { readonly service: SetLoad };

export function endpoint(key: number, service: SetLoad): Settable {
  // What has no rank has no method of that name.
  const seen = service.kind === "alone" ? Object.defineProperty(service, "rank", { value: undefined }) : service;
  return Object.seal({ key, service: seen, slot: -1 });
}

/** What a plain look at all finds: the least load, NaN and what throws behind all others. */
export function leastOf(endpoints: Iterable<Endpoint<number, Load>>): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { service } of endpoints) least = Math.min(least, loadOf(service));
  return least;
}

/** A load in an order of numbers. */
export function loadOf(service: Load): number {
  try {
    const load = service.load();
    if (Number.isNaN(load)) return Number.POSITIVE_INFINITY;
    return load === Number.POSITIVE_INFINITY ? Number.MAX_VALUE : load;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
