/** A service's records: ports, weights, and the lowest priority that has addresses. */
import { srv } from "@bal/dns";
import { virtualClock } from "@bal/service/testing";
import { expect, test } from "vitest";
import { type DnsAnswer, startDnsServer } from "./support/dns-server.ts";
import { read } from "./support/reader.ts";

const name = "_http._tcp.users";

async function setUp(entries: Record<string, DnsAnswer>) {
  const server = await startDnsServer(entries);
  const clock = virtualClock();
  const pauses: number[] = [];
  const discover = srv(name, {
    servers: [server.address],
    hostsFile: false,
    now: clock.now,
    schedule: clock.schedule,
    random: () => 0,
    graceMs: 0,
    observer: { answered: (_, next) => void pauses.push(next) },
  });
  const reading = read(discover);
  const lookups = (count: number) => expect.poll(() => pauses.length, { interval: 5 }).toBe(count);
  await lookups(1);
  return { ...server, ...reading, clock, pauses, lookups };
}

test("each target's addresses carry the record's port and share its weight", async () => {
  const { known } = await setUp({
    [name]: [{ srv: [1, 30, 8080, "a.users"] }, { srv: [1, 10, 8081, "b.users"] }],
    "a.users": [{ a: "10.0.0.1" }, { a: "10.0.0.2" }],
    "b.users": [{ aaaa: "fd00::1" }],
  });
  await expect
    .poll(() => [...known.values()].map(({ host, weight }) => [host, weight]))
    .toEqual([
      ["10.0.0.1:8080", 15],
      ["10.0.0.2:8080", 15],
      ["[fd00::1]:8081", 10],
    ]);
});

test("the lowest priority that has an address counts, and is taken back when it has one again", async () => {
  const { batches, table, clock, lookups } = await setUp({
    [name]: [{ srv: [2, 1, 80, "spare.users"] }, { srv: [1, 1, 80, "first.users"] }, { srv: [3, 1, 80, "last.users"] }],
    "spare.users": [{ a: "10.0.0.2" }],
    "last.users": [{ a: "10.0.0.3" }],
  });
  table.set("first.users", [{ a: "10.0.0.1" }]);
  await clock.advance(5_000);
  await lookups(2);
  await expect.poll(() => batches).toEqual(["+10.0.0.2:80", "-10.0.0.2:80 +10.0.0.1:80"]);
});

test("it asks again after the TTL of the addresses, five seconds at most since nobody tells that of the records", async () => {
  const short = await setUp({
    [name]: [{ srv: [1, 1, 80, "a.users"], ttl: 1 }],
    "a.users": [{ a: "10.0.0.1", ttl: 3 }],
  });
  expect(short.pauses).toEqual([3_000]);
  const long = await setUp({
    [name]: [{ srv: [1, 1, 80, "a.users"], ttl: 60 }],
    "a.users": [{ a: "10.0.0.1", ttl: 60 }],
  });
  expect(long.pauses).toEqual([5_000]);
});

test("a record whose weight or port changes replaces", async () => {
  const { batches, known, table, clock, lookups } = await setUp({
    [name]: [{ srv: [1, 1, 80, "a.users"] }],
    "a.users": [{ a: "10.0.0.1" }],
  });
  table.set(name, [{ srv: [1, 2, 80, "a.users"] }]);
  await clock.advance(5_000);
  await lookups(2);
  table.set(name, [{ srv: [1, 2, 81, "a.users"] }]);
  await clock.advance(5_000);
  await lookups(3);
  await expect.poll(() => batches).toEqual(["+10.0.0.1:80", "+10.0.0.1:80", "-10.0.0.1:80 +10.0.0.1:81"]);
  expect(known.get("10.0.0.1:81")?.weight).toBe(2);
});

test("a service that is decidedly not there has no addresses", async () => {
  const { batches, table, clock, lookups } = await setUp({
    [name]: [{ srv: [1, 1, 80, "a.users"] }],
    "a.users": [{ a: "10.0.0.1" }],
  });
  table.set(name, [{ srv: [0, 0, 0, ""] }]);
  await clock.advance(5_000);
  await lookups(2);
  await expect.poll(() => batches).toEqual(["+10.0.0.1:80", "-10.0.0.1:80"]);
});

test("the TTL of the records counts where a resolver tells it", async () => {
  const pauses: number[] = [];
  const resolver = () => ({
    resolve4: async () => [{ address: "10.0.0.1", ttl: 60 }],
    resolve6: async () => [],
    resolveSrv: async () => [{ name: "a.users", port: 80, priority: 1, weight: 1, ttl: 2 }],
  });
  const observer = { answered: (_: number, next: number) => void pauses.push(next) };
  read(srv(name, { resolver, hostsFile: false, random: () => 0, observer }));
  await expect.poll(() => pauses).toEqual([2_000]);
});

test.each([
  [{}, "users/", "name: expected a name"],
  [{ srvTtlMs: 0 }, name, "srvTtlMs: expected a number above 0"],
])("%j for %s is refused at once", (options, of, message) => {
  expect(() => srv(of, options)).toThrow(message);
});
