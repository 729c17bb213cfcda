/** A service's records: ports, weights, and the lowest priority that has addresses. */
import { mapEndpoints } from "@bal/discover";
import { type SrvOptions, srv } from "@bal/dns";
import { pendingRequests, weighted } from "@bal/load";
import { balance } from "@bal/p2c";
import { serviceFn } from "@bal/service";
import { virtualClock } from "@bal/service/testing";
import { describe, expect, test } from "vitest";
import { type DnsAnswer, startDnsServer } from "./support/dns-server.ts";
import { read } from "./support/reader.ts";

const name = "_http._tcp.users";

async function setUp(entries: Record<string, DnsAnswer>) {
  const server = await startDnsServer(entries);
  const clock = virtualClock();
  const pauses: number[] = [];
  const failures: unknown[] = [];
  const discover = srv(name, {
    servers: [server.address],
    hostsFile: false,
    now: clock.now,
    schedule: clock.schedule,
    random: () => 0,
    graceMs: 0,
    observer: {
      answered: (_, next) => void pauses.push(next),
      failed: (error) => void failures.push((error as { code?: unknown }).code),
    },
  });
  const reading = read(discover);
  const lookups = (count: number) => expect.poll(() => pauses.length, { interval: 5 }).toBe(count);
  await lookups(1);
  return { ...server, ...reading, discover, clock, pauses, failures, lookups };
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

test("every weight is one that a balancer can divide by: a record of 0 weighs little, and 1 where all are 0", async () => {
  const { discover, known, table, clock, lookups } = await setUp({
    [name]: [{ srv: [1, 0, 80, "a.users"] }, { srv: [1, 0, 81, "b.users"] }],
    "a.users": [{ a: "127.0.0.1" }],
    "b.users": [{ a: "127.0.0.2" }],
  });
  const weights = () => [...known.values()].map(({ host, weight }) => `${host} ${weight}`);
  await expect.poll(weights).toEqual(["127.0.0.1:80 1", "127.0.0.2:81 1"]);
  const served = balance(
    mapEndpoints(discover, ({ host, weight }) => weighted(weight)(pendingRequests()(serviceFn(async () => host)))),
  );
  expect(await served.call(undefined)).toMatch(/^127/);
  await served.close();

  table.set(name, [{ srv: [1, 0, 80, "a.users"] }, { srv: [1, 40, 81, "b.users"] }]);
  await clock.advance(5_000);
  await lookups(3);
  await expect.poll(weights).toEqual(["127.0.0.1:80 0.01", "127.0.0.2:81 40"]);
});

test("records of the same address and port are one, whose weight is their sum, in whatever order they come", async () => {
  const records = [
    { srv: [1, 1, 80, "a.users"] },
    { srv: [1, 2, 80, "b.users"] },
    { srv: [1, 4, 80, "c.users"] },
    { srv: [1, 7, 81, "a.users"] },
  ] as const;
  const { batches, known, table, clock, lookups } = await setUp({
    [name]: records,
    "a.users": [{ a: "10.0.0.1" }, { a: "10.0.0.2" }, { a: "10.0.0.3" }],
    "b.users": [{ a: "10.0.0.1" }, { a: "10.0.0.2" }, { a: "10.0.0.3" }],
    "c.users": [{ a: "10.0.0.1" }, { a: "10.0.0.4" }, { a: "10.0.0.5" }, { a: "10.0.0.6" }, { a: "10.0.0.7" }],
  });
  await expect.poll(() => known.get("10.0.0.1:80")?.weight).toBeCloseTo(1 / 3 + 2 / 3 + 4 / 5);
  expect(known.get("10.0.0.1:81")?.weight).toBeCloseTo(7 / 3);
  let asked = 1;
  for (const order of [
    [2, 1, 0, 3],
    [1, 2, 0, 3],
    [0, 2, 1, 3],
  ]) {
    table.set(
      name,
      order.map((index) => records[index]!),
    );
    await clock.advance(5_000);
    await lookups(++asked);
  }
  expect(batches.length).toBe(1);
});

describe("a target whose zone fails", () => {
  const entries = {
    [name]: [{ srv: [1, 1, 80, "a.users"] }, { srv: [1, 1, 80, "b.users"] }, { srv: [2, 1, 80, "spare.users"] }],
    "a.users": [{ a: "10.0.0.1" }],
    "b.users": [{ a: "10.0.0.2" }],
    "spare.users": [{ a: "10.0.0.3" }],
  } as const;

  test("keeps the addresses that it had, and the others are followed", async () => {
    const { batches, table, clock, lookups } = await setUp({ ...entries });
    table.set("b.users", "SERVFAIL").set("a.users", [{ a: "10.0.0.9" }]);
    await clock.advance(5_000);
    await lookups(2);
    await expect.poll(() => batches).toEqual(["+10.0.0.1:80 +10.0.0.2:80", "-10.0.0.1:80 +10.0.0.9:80"]);
  });

  test("is left out where nothing is known of it", async () => {
    const one = await setUp({ ...entries, "b.users": "SERVFAIL" });
    await expect.poll(() => one.batches).toEqual(["+10.0.0.1:80"]);
    const both = await setUp({ ...entries, "a.users": "SERVFAIL", "b.users": "SERVFAIL" });
    await expect.poll(() => both.batches).toEqual(["+10.0.0.3:80"]);
  });

  test("fails the lookup when all do, and what is known stays, nobody goes to the spare one", async () => {
    const { batches, failures, table, clock } = await setUp({ ...entries });
    table.set("a.users", "SERVFAIL").set("b.users", "SERVFAIL");
    await clock.advance(5_000);
    await expect.poll(() => failures).toEqual(["ESERVFAIL"]);
    expect(batches).toEqual(["+10.0.0.1:80 +10.0.0.2:80"]);
  });
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
  [null, name, "options: expected an object, got null"],
])("%j for %s is refused at once", (options, of, message) => {
  expect(() => srv(of, options as SrvOptions)).toThrow(message);
});
