// A fetch over some origins, one after the other, that is closed when its test has ended.

import { balancedFetch } from "@bal/fetch";
import { balance } from "@bal/p2c";
import { onTestFinished } from "vitest";
import { roundRobin } from "./round-robin.ts";

export type Options = Partial<Parameters<typeof balancedFetch>[1]>;

export function fetchOver(origins: string[], options: Options = {}): ReturnType<typeof balancedFetch> {
  const fetch = balancedFetch(origins, {
    balance: (endpoints) => balance(endpoints, { picker: roundRobin() }),
    ...options,
  });
  onTestFinished(() => fetch.close());
  return fetch;
}
