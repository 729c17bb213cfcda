// What the compiler infers of names.

import { Resolver as NodeResolver } from "node:dns/promises";
import { mapEndpoints } from "@bal/discover";
import { type Address, type AddressRecord, type DnsOptions, dns, type Resolver, type SrvOptions, srv } from "@bal/dns";
import { balancedFetch } from "@bal/fetch";
import { balance } from "@bal/p2c";
import type { Discover } from "@bal/service";
import { balancedDispatcher } from "@bal/undici";
import { expectTypeOf, test } from "vitest";

test("a host and a service are discovers of addresses under their host and port", () => {
  expectTypeOf(dns("users")).toEqualTypeOf<Discover<string, Address>>();
  expectTypeOf(srv("_http._tcp.users")).toEqualTypeOf<Discover<string, Address>>();
  expectTypeOf<Address["family"]>().toEqualTypeOf<4 | 6>();
  expectTypeOf<Address["port"]>().toEqualTypeOf<number | undefined>();
});

test("they become origins for fetch, and go into the dispatcher as they are", () => {
  const origins = mapEndpoints(dns("users", { port: 80 }), ({ host }) => `http://${host}`);
  expectTypeOf(origins).toEqualTypeOf<Discover<string, string>>();
  balancedFetch(origins, { balance: (endpoints) => balance(endpoints) });
  balancedDispatcher(srv("_http._tcp.users"), { balance: (endpoints) => balance(endpoints) });
});

test("Node's resolver is one, and so is anything that can do as much", () => {
  expectTypeOf<NodeResolver>().toExtend<Resolver>();
  dns("users", { resolver: () => new NodeResolver() });
  const none = async (): Promise<AddressRecord[]> => [];
  srv("_http._tcp.users", {
    resolver: () => ({
      resolve4: none,
      resolve6: none,
      resolveSrv: async () => [{ name: "a", port: 80, priority: 0, weight: 1, ttl: 30 }],
    }),
  });
  // @ts-expect-error a resolver that knows no services
  srv("_http._tcp.users", { resolver: () => ({ resolve4: none, resolve6: none }) });
});

test("each has the options that make sense for it", () => {
  expectTypeOf<DnsOptions>().toHaveProperty("port");
  expectTypeOf<SrvOptions>().toHaveProperty("srvTtlMs");
  // @ts-expect-error a service's records have the ports
  srv("_http._tcp.users", { port: 80 });
  // @ts-expect-error a host's addresses have a TTL of their own
  dns("users", { srvTtlMs: 5_000 });
  // @ts-expect-error there is no third family
  dns("users", { family: 5 });
});
