// A picker that takes the ready endpoints in turn.

import type { Endpoint, Picker } from "@bal/service";

/** Every endpoint gets the same number of requests, however it is doing. */
export function roundRobin<E extends Endpoint<unknown, unknown>>(): Picker<E> {
  const ring: E[] = [];
  let next = 0;
  return {
    add(endpoint) {
      ring.push(endpoint);
    },
    delete(endpoint) {
      const index = ring.indexOf(endpoint);
      ring.splice(index, 1);
      if (index < next) next -= 1;
    },
    pick() {
      if (next >= ring.length) next = 0;
      const endpoint = ring[next];
      if (endpoint !== undefined) next += 1;
      return endpoint;
    },
  };
}
