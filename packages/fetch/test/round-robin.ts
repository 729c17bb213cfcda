/** Pickers that look at no load, so that a test knows where a request goes. */
import type { Endpoint, Picker } from "@bal/service";

/** One after the other. */
export function roundRobin<E extends Endpoint<unknown, unknown>>(): Picker<E> {
  const endpoints: E[] = [];
  let next = 0;
  return {
    add: (endpoint) => void endpoints.push(endpoint),
    delete: (endpoint) => void endpoints.splice(endpoints.indexOf(endpoint), 1),
    pick: () => endpoints[next++ % Math.max(endpoints.length, 1)],
  };
}

/** Always the one that has been known longest, of those that are ready. */
export function stubborn<E extends Endpoint<unknown, unknown>>(): Picker<E> {
  const endpoints = new Set<E>();
  return {
    add: (endpoint) => void endpoints.add(endpoint),
    delete: (endpoint) => void endpoints.delete(endpoint),
    pick: () => [...endpoints].sort((a, b) => `${a.key}`.localeCompare(`${b.key}`))[0],
  };
}
