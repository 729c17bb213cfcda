/** Who has gone from the records is gone within their TTL and a second, whatever the TTL, the jitter and the moment. */
import { type Address, type DnsOptions, dns, type Resolver, srv } from "@bal/dns";
import type { Discover } from "@bal/service";
import { virtualClock } from "@bal/service/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

/** A resolver with one host of two addresses, of which one can go, behind one service. */
function leavable(ttl: number) {
  const there = new Set(["10.0.0.1", "10.0.0.2"]);
  const resolver: Resolver = {
    resolve4: async () => Array.from(there, (address) => ({ address, ttl })),
    resolve6: async () => [],
    resolveSrv: async () => Array.from(there, (name) => ({ name, port: 80, priority: 0, weight: 1 })),
  };
  return { there, resolver };
}

/** How long after it has gone from the records an address is told to have gone, in ms. */
async function takes(
  open: (options: DnsOptions) => Discover<string, Address>,
  { ttl, random, goesAt }: { ttl: number; random: number; goesAt: number },
): Promise<number> {
  const clock = virtualClock();
  const { there, resolver } = leavable(ttl);
  const iterator = open({
    hostsFile: false,
    resolver: () => resolver,
    now: clock.now,
    schedule: clock.schedule,
    random: () => random,
  })[Symbol.asyncIterator]();
  await iterator.next();
  let toldAt: number | undefined;
  const told = iterator.next().then((step) => {
    expect((step.value ?? []).map(({ type }: { readonly type: string }) => type)).toEqual(["remove"]);
    toldAt = clock.now();
  });
  await clock.advance(goesAt);
  const goneAt = clock.now();
  there.delete("10.0.0.2");
  while (toldAt === undefined) await clock.advance(10);
  await told;
  await iterator.return?.();
  return toldAt - goneAt;
}

const cases = {
  ttl: fc.integer({ min: 1, max: 30 }),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
  goesAt: fc.integer({ min: 0, max: 70_000 }),
};

test("an address of a host", async () => {
  await fc.assert(
    fc.asyncProperty(fc.record(cases), async (one) => {
      expect(await takes((options) => dns("users", options), one)).toBeLessThanOrEqual(one.ttl * 1_000 + 1_000);
    }),
    { numRuns: 50 },
  );
});

test("a server of a service, whose TTL nobody tells: five seconds and one, or what was set instead", async () => {
  const srvTtlMs = fc.option(fc.integer({ min: 1_000, max: 30_000 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(fc.record({ ...cases, srvTtlMs }), async ({ srvTtlMs: set, ...one }) => {
      const open = (options: DnsOptions) => srv("_http._tcp.users", { ...options, ...(set && { srvTtlMs: set }) });
      expect(await takes(open, one)).toBeLessThanOrEqual((set ?? 5_000) + 1_000);
    }),
    { numRuns: 50 },
  );
});
