/** A balanced dispatcher whose choices a test can tell, closed when the test ends. */
import { balance } from "@bal/p2c";
import { type BalancedDispatcherOptions, balancedDispatcher, type TargetsOf } from "@bal/undici";
import { onTestFinished } from "vitest";
import { roundRobin } from "../../../fetch/test/round-robin.ts";

export const inTurn: BalancedDispatcherOptions["balance"] = (endpoints) => balance(endpoints, { picker: roundRobin() });

export function dispatcherOver(targets: TargetsOf, options: Partial<BalancedDispatcherOptions> = {}) {
  const dispatcher = balancedDispatcher(targets, { balance: inTurn, ...options });
  onTestFinished(() => dispatcher.destroy());
  return dispatcher;
}
