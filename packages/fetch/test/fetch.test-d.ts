// What the compiler infers of a balanced fetch.

import { endpointSet, mapEndpoints } from "@bal/discover";
import { type Address, dns } from "@bal/dns";
import { type BalancedFetch, balancedFetch, type OriginEndpoint, type OriginRequest } from "@bal/fetch";
import { least } from "@bal/least";
import { expectedDelay, httpFailure, onBody, peakEwma, pendingRequests } from "@bal/load";
import { type Balance, balance } from "@bal/p2c";
import type { Discover, Service } from "@bal/service";
import { expectTypeOf, test } from "vitest";

const origins = ["http://10.0.0.1"];

test("it is called as fetch is, and is one for whoever asks for one", () => {
  const fetch = balancedFetch(origins, { balance: (endpoints) => balance(endpoints) });
  expectTypeOf(fetch("/")).toEqualTypeOf<Promise<Response>>();
  expectTypeOf(fetch).toExtend<typeof globalThis.fetch>();
  expectTypeOf(fetch).toExtend<AsyncDisposable>();
});

test("what balance returns is there, as what it is", () => {
  const fetch = balancedFetch(origins, { balance: (endpoints) => balance(endpoints, { picker: least() }) });
  expectTypeOf(fetch.balance).toEqualTypeOf<Balance<unknown, OriginRequest, Response>>();
  const own = balancedFetch(origins, {
    balance: (_: Discover<unknown, OriginEndpoint>) => ({}) as Service<OriginRequest, Response>,
  });
  expectTypeOf(own).toEqualTypeOf<BalancedFetch<Service<OriginRequest, Response>>>();
  // @ts-expect-error a balancer is a service of such requests
  balancedFetch(origins, { balance: () => ({}) });
});

test("every load fits, alone and as options have it", () => {
  for (const load of [
    pendingRequests(),
    peakEwma({ completion: onBody, failed: httpFailure }),
    expectedDelay({ completion: onBody, failed: httpFailure }),
  ]) {
    balancedFetch(origins, { balance: (endpoints) => balance(endpoints), load, completion: onBody });
    balancedFetch(origins, { balance: (endpoints) => balance(mapEndpoints(endpoints, load)) });
  }
});

test("origins come from an array or a discover of strings and URLs", () => {
  const options = { balance: (endpoints: Discover<unknown, OriginEndpoint>) => balance(endpoints) };
  balancedFetch([new URL("http://a"), "http://b"] as const, options);
  balancedFetch(endpointSet<string, string>(), options);
  balancedFetch(
    mapEndpoints(dns("users"), ({ host }: Address) => `http://${host}`),
    options,
  );
  // @ts-expect-error an address is no origin
  balancedFetch(dns("users"), options);
});
