// A picker that draws one of the ready endpoints.

import type { Endpoint, Picker } from "@bal/service";

/** Every endpoint gets about the same number of requests, however it is doing. `random` is uniform in [0, 1). */
export function randomChoice<E extends Endpoint<unknown, unknown>>(random: () => number): Picker<E> {
  const endpoints: E[] = [];
  return {
    add(endpoint) {
      endpoint.slot = endpoints.push(endpoint) - 1;
    },
    delete(endpoint) {
      const last = endpoints.pop() as E;
      if (last !== endpoint) {
        endpoints[endpoint.slot] = last;
        last.slot = endpoint.slot;
      }
      endpoint.slot = -1;
    },
    pick() {
      return endpoints[Math.floor(random() * endpoints.length)];
    },
  };
}
