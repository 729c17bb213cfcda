// What the compiler infers of a balanced dispatcher.

import { type Address, dns, srv } from "@bal/dns";
import { least } from "@bal/least";
import { expectedDelay, httpFailure, peakEwma } from "@bal/load";
import { balance } from "@bal/p2c";
import type { Discover } from "@bal/service";
import { type BalancedDispatcher, balanced, balancedDispatcher, type GroupOptions } from "@bal/undici";
import { Agent, Client, type Dispatcher, fetch, MockAgent, request, setGlobalDispatcher } from "undici";
import { expectTypeOf, test } from "vitest";

const options: GroupOptions = { balance: (endpoints) => balance(endpoints) };

test("it is a dispatcher wherever undici asks for one", () => {
  const dispatcher = balancedDispatcher(["http://10.0.0.1"], options);
  expectTypeOf(dispatcher).toEqualTypeOf<BalancedDispatcher>();
  expectTypeOf(dispatcher).toExtend<Dispatcher>();
  expectTypeOf(dispatcher).toExtend<AsyncDisposable>();
  expectTypeOf(dispatcher.stats.connected).toEqualTypeOf<number>();
  setGlobalDispatcher(dispatcher);
  void request("http://a", { dispatcher });
  void fetch("http://a", { dispatcher });
  void dispatcher.compose(balanced({ targets: [], ...options }));
});

test("the interceptor is one for compose", () => {
  const interceptor = balanced({ targets: ["http://10.0.0.1"], ...options });
  expectTypeOf(interceptor).toExtend<Dispatcher.DispatcherComposeInterceptor>();
  void new Agent().compose(interceptor);
});

test("endpoints come as origins, URLs and addresses, in arrays, discovers and functions", () => {
  balancedDispatcher(dns("users", { port: 80 }), options);
  balancedDispatcher((origin) => dns(origin.hostname), options);
  balancedDispatcher((origin) => (origin.hostname === "users" ? srv("_http._tcp.users") : undefined), options);
  balancedDispatcher([new URL("http://a"), "http://b", { address: "10.0.0.1", port: 80 }], options);
  expectTypeOf(dns("users")).toEqualTypeOf<Discover<string, Address>>();
  // @ts-expect-error a number is no endpoint
  balancedDispatcher([80], options);
});

test("every load, picker and client fits", () => {
  const delay = expectedDelay({ failed: httpFailure });
  balancedDispatcher(["http://a"], { balance: (endpoints) => balance(endpoints, { picker: least() }), load: delay });
  balancedDispatcher(["http://a"], { ...options, load: peakEwma(), factory: (origin) => new Client(origin) });
  balancedDispatcher(["http://a"], { ...options, factory: () => new MockAgent() });
  // @ts-expect-error balance is what it is all about
  balancedDispatcher(["http://a"], {});
});
