/** A balanced dispatcher whose choices a test can tell, closed when the test ends. */
import { balance } from "@bal/p2c";
import type { Endpoint, Picker } from "@bal/service";
import { type BalancedDispatcherOptions, balancedDispatcher, type TargetsOf } from "@bal/undici";
import { onTestFinished } from "vitest";

/** Takes one after the other; looks at no load. */
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
    pick: () => [...endpoints].sort((a, b) => Number(a.key) - Number(b.key))[0],
  };
}

export const inTurn: BalancedDispatcherOptions["balance"] = (endpoints) => balance(endpoints, { picker: roundRobin() });

export function dispatcherOver(targets: TargetsOf, options: Partial<BalancedDispatcherOptions> = {}) {
  const dispatcher = balancedDispatcher(targets, { balance: inTurn, ...options });
  onTestFinished(() => dispatcher.destroy());
  return dispatcher;
}
