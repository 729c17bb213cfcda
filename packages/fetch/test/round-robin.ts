/** A picker that takes one after the other, so that a test knows where a request goes; it looks at no load. */
import type { Endpoint, Picker } from "@bal/service";

export function roundRobin<E extends Endpoint<unknown, unknown>>(): Picker<E> {
  const endpoints: E[] = [];
  let next = 0;
  return {
    add: (endpoint) => void endpoints.push(endpoint),
    delete: (endpoint) => void endpoints.splice(endpoints.indexOf(endpoint), 1),
    pick: () => endpoints[next++ % Math.max(endpoints.length, 1)],
  };
}
