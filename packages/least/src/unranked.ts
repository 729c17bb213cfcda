// Endpoints of whose loads no order is known: all are asked at every pick.

import { type Candidates, type Loaded, loadOf, moveTo } from "./candidates.ts";

/** O(n) at a pick, O(1) else. */
export class Unranked<E extends Loaded> implements Candidates<E> {
  readonly order: undefined = undefined;
  readonly #endpoints: E[] = [];

  get size(): number {
    return this.#endpoints.length;
  }

  has(endpoint: E): boolean {
    return this.#endpoints[endpoint.slot] === endpoint;
  }

  add(endpoint: E): void {
    endpoint.slot = this.#endpoints.push(endpoint) - 1;
  }

  delete(endpoint: E): void {
    const last = this.#endpoints.pop() as E;
    if (last !== endpoint) {
      this.#endpoints[endpoint.slot] = last;
      moveTo(endpoint.slot, last);
    }
    endpoint.slot = -1;
  }

  changed(): void {}

  best(random: () => number): E {
    let best!: E;
    let least = Infinity;
    let equal = 0;
    for (const endpoint of this.#endpoints) {
      const load = loadOf(endpoint);
      if (load < least || equal === 0) {
        best = endpoint;
        least = load;
        equal = 1;
      } else if (load === least && random() * ++equal < 1) best = endpoint;
    }
    return best;
  }
}
