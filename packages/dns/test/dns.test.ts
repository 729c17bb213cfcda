/** A host's addresses, from a real server over UDP, in virtual time. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DnsOptions, dns } from "@bal/dns";
import { discoverContract, virtualClock } from "@bal/service/testing";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type DnsAnswer, startDnsServer } from "./support/dns-server.ts";
import { read } from "./support/reader.ts";

/** A server, a discover of "users" on it, and its clock. */
async function setUp(entries: Record<string, DnsAnswer>, options: DnsOptions = {}) {
  const server = await startDnsServer(entries);
  const clock = virtualClock();
  const heard: string[] = [];
  const discover = dns("users", {
    servers: [server.address],
    hostsFile: false,
    timeoutMs: 100,
    tries: 1,
    now: clock.now,
    schedule: clock.schedule,
    random: () => 0,
    observer: {
      answered: (count, next) => void heard.push(`${count} ${next}`),
      failed: (error, next) => void heard.push(`${(error as { code?: string }).code} ${next}`),
    },
    ...options,
  });
  /** Lets lookups that are due come back. */
  const lookups = (count: number) => expect.poll(() => heard.length, { interval: 5 }).toBe(count);
  return { ...server, clock, heard, discover, lookups };
}

test("every address of both families is an endpoint, with the port that was given", async () => {
  const { discover, lookups } = await setUp(
    { users: [{ a: "10.0.0.1" }, { a: "10.0.0.2" }, { aaaa: "fd00::1" }] },
    { port: 8080 },
  );
  const { batches, known } = read(discover);
  await lookups(1);
  await expect.poll(() => batches).toEqual(["+10.0.0.1:8080 +10.0.0.2:8080 +[fd00::1]:8080"]);
  expect(known.get("[fd00::1]:8080")).toEqual({
    address: "fd00::1",
    family: 6,
    port: 8080,
    host: "[fd00::1]:8080",
    weight: 1,
  });
});

test("it asks again when the shortest TTL is over, within bounds, and tells the difference", async () => {
  const { discover, lookups, clock, table, heard } = await setUp(
    {
      users: [
        { a: "10.0.0.1", ttl: 7 },
        { a: "10.0.0.2", ttl: 5 },
      ],
    },
    { minTtlMs: 2_000, maxTtlMs: 9_000 },
  );
  const { batches } = read(discover);
  await lookups(1);
  table.set("users", [
    { a: "10.0.0.2", ttl: 1 },
    { a: "10.0.0.3", ttl: 1 },
  ]);
  await clock.advance(4_999);
  expect(heard).toEqual(["2 5000"]);
  await clock.advance(1);
  await lookups(2);
  table.set("users", [
    { a: "10.0.0.3", ttl: 3_600 },
    { a: "10.0.0.2", ttl: 3_600 },
  ]);
  await clock.advance(2_000);
  await lookups(3);
  table.set("users", [{ a: "10.0.0.3", ttl: 0 }]);
  await clock.advance(9_000);
  await lookups(4);
  expect(heard).toEqual(["2 5000", "2 2000", "2 9000", "1 2000"]);
  await expect.poll(() => batches).toEqual(["+10.0.0.1 +10.0.0.2", "-10.0.0.1 +10.0.0.3", "-10.0.0.2"]);
});

test("pauses are spread, by half a second at most", async () => {
  for (const [ttl, pause] of [
    [2, 2_200],
    [20, 20_500],
  ]) {
    const { discover, lookups, heard } = await setUp({ users: [{ a: "10.0.0.1", ttl: ttl! }] }, { random: () => 1 });
    read(discover);
    await lookups(1);
    expect(heard).toEqual([`1 ${pause}`]);
  }
});

test("while the server fails what is known stays, and pauses double up to the longest TTL", async () => {
  const { discover, lookups, clock, table, heard } = await setUp(
    { users: [{ a: "10.0.0.1", ttl: 1 }] },
    { maxTtlMs: 3_000 },
  );
  const { batches, known } = read(discover);
  await lookups(1);
  table.set("users", "SERVFAIL");
  for (const [index, pause] of [1_000, 1_000, 2_000, 3_000].entries()) {
    await clock.advance(pause);
    await lookups(index + 2);
  }
  table.set("users", "silence");
  await clock.advance(3_000);
  await lookups(6);
  table.set("users", [{ a: "10.0.0.2", ttl: 1 }]);
  await clock.advance(3_000);
  await lookups(7);
  expect(heard.slice(1)).toEqual([
    "ESERVFAIL 1000",
    "ESERVFAIL 2000",
    "ESERVFAIL 3000",
    "ESERVFAIL 3000",
    "ETIMEOUT 3000",
    "1 1000",
  ]);
  await expect.poll(() => batches).toEqual(["+10.0.0.1", "-10.0.0.1 +10.0.0.2"]);
  expect([...known.keys()]).toEqual(["10.0.0.2"]);
});

test("a family that fails keeps what was known of it, and does not hold up the other", async () => {
  const { discover, lookups, clock, table } = await setUp({ users: [{ a: "10.0.0.1" }, { aaaa: "fd00::1" }] });
  const { batches } = read(discover);
  await lookups(1);
  table.set("AAAA users", "SERVFAIL").set("A users", [{ a: "10.0.0.2" }]);
  await clock.advance(1_000);
  await lookups(2);
  await expect.poll(() => batches).toEqual(["+10.0.0.1 +[fd00::1]", "-10.0.0.1 +10.0.0.2"]);
});

describe("a name that does not exist, or has no address,", () => {
  test.each([
    ["NXDOMAIN", undefined],
    ["no data", []],
  ])("(%s) is believed after a while", async (_, gone) => {
    const { discover, lookups, clock, table } = await setUp({ users: [{ a: "10.0.0.1" }] }, { graceMs: 3_000 });
    const { batches } = read(discover);
    await lookups(1);
    if (gone === undefined) table.delete("users");
    else table.set("users", gone);
    for (let count = 2; count <= 4; count++) {
      await clock.advance(1_000);
      await lookups(count);
    }
    expect(batches).toEqual(["+10.0.0.1"]);
    await clock.advance(1_000);
    await lookups(5);
    await expect.poll(() => batches).toEqual(["+10.0.0.1", "-10.0.0.1"]);
  });

  test("is not believed when the address comes back in time, and at once where that is wanted", async () => {
    const { discover, lookups, clock, table } = await setUp({ users: [{ a: "10.0.0.1" }] }, { graceMs: 1_500 });
    const { batches } = read(discover);
    await lookups(1);
    for (let count = 2; count <= 6; count++) {
      if (count % 2 === 0) table.delete("users");
      else table.set("users", [{ a: "10.0.0.1" }]);
      await clock.advance(1_000);
      await lookups(count);
    }
    expect(batches).toEqual(["+10.0.0.1"]);
    const hasty = await setUp({ users: [{ a: "10.0.0.1" }] }, { graceMs: 0 });
    const reading = read(hasty.discover);
    await hasty.lookups(1);
    hasty.table.delete("users");
    await hasty.clock.advance(1_000);
    await expect.poll(() => reading.batches).toEqual(["+10.0.0.1", "-10.0.0.1"]);
  });

  test("at first is waited for", async () => {
    const { discover, lookups, clock, table } = await setUp({});
    const { batches } = read(discover);
    await lookups(1);
    table.set("users", [{ a: "10.0.0.1" }]);
    await clock.advance(1_000);
    await expect.poll(() => batches).toEqual(["+10.0.0.1"]);
  });
});

test("without a bound an address that never changes is asked for once", async () => {
  const clock = virtualClock();
  const answered = vi.fn();
  const { batches } = read(
    dns("10.0.0.1", {
      maxTtlMs: Infinity,
      now: clock.now,
      schedule: clock.schedule,
      random: () => 0,
      observer: { answered },
    }),
  );
  await expect.poll(() => batches).toEqual(["+10.0.0.1"]);
  await clock.advance(1e9);
  expect(answered.mock.calls).toEqual([[1, Infinity]]);
});

test("one family alone is asked for where that is wanted", async () => {
  const { discover, lookups, asked } = await setUp({ users: [{ a: "10.0.0.1" }, { aaaa: "fd00::1" }] }, { family: 6 });
  const { batches } = read(discover);
  await lookups(1);
  await expect.poll(() => batches).toEqual(["+[fd00::1]"]);
  expect(asked).toEqual(["AAAA users"]);
});

test.each([
  ["a short name in each domain first", "users", 1, ["users.a.internal", "users.b.internal", "users"]],
  ["a name with dots as it is first", "users.x", 1, ["users.x", "users.x.a.internal", "users.x.b.internal"]],
  ["a name with few dots in each domain first", "users.x", 5, ["users.x.a.internal", "users.x.b.internal", "users.x"]],
  ["a name that ends in a dot only as it is", "users.", 5, ["users"]],
])("search domains: %s", async (_, name, ndots, order) => {
  const server = await startDnsServer();
  const observer = { answered: vi.fn() };
  const search = ["a.internal", ".b.internal."];
  read(dns(name, { servers: [server.address], hostsFile: false, search, ndots, family: 4, observer }));
  await expect.poll(() => observer.answered.mock.calls.length).toBe(1);
  expect(server.asked).toEqual(order.map((one) => `A ${one}`));
});

test("names of the hosts file go before DNS, and are read again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bal-dns-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const hostsFile = join(folder, "hosts");
  writeFileSync(
    hostsFile,
    "127.0.0.1 localhost\n10.0.0.9\tother Users # 10.0.0.8 users\n10.0.0.9 users\nfd00::9 users\n",
  );
  const { discover, lookups, clock, asked } = await setUp({ users: [{ a: "10.0.0.1" }] }, { hostsFile });
  const { batches } = read(discover);
  await lookups(1);
  expect(asked).toEqual([]);
  rmSync(hostsFile);
  await clock.advance(30_000);
  await lookups(2);
  await expect.poll(() => batches).toEqual(["+10.0.0.9 +[fd00::9]", "-10.0.0.9 -[fd00::9] +10.0.0.1"]);
});

test("an IP address is its own only address", async () => {
  expect(await dns("fd00::1", { port: 1 })[Symbol.asyncIterator]().next()).toMatchObject({
    value: [{ type: "insert", key: "[fd00::1]:1" }],
  });
});

test("a resolver of one's own is asked, and cancelled when the reader leaves", async () => {
  let cancelled = 0;
  const resolver = () => ({
    resolve4: () => new Promise<never>(() => {}),
    resolve6: async () => [],
    resolveSrv: async () => [],
    cancel: () => void cancelled++,
  });
  const { leave } = read(dns("users", { resolver, hostsFile: false }));
  await new Promise((resolve) => setTimeout(resolve, 10));
  await leave();
  expect(cancelled).toBe(1);
});

describe("keeps the contract of a discover", () => {
  let rounds = 0;
  const cases = discoverContract(
    () => {
      const clock = virtualClock();
      let last = 1;
      const resolver = () => ({
        resolve4: async () => [{ address: `10.0.0.${last}`, ttl: 1 }],
        resolve6: async () => [],
        resolveSrv: async () => [],
      });
      const change = () => {
        last += 1;
        void clock.advance(2_000);
        rounds += 1;
      };
      return {
        discover: dns("users", { resolver, hostsFile: false, now: clock.now, schedule: clock.schedule }),
        change,
      };
    },
    { ends: "never", settle: () => new Promise((resolve) => setTimeout(resolve, 10)) },
  );
  test.each(cases)("$name", ({ run }) => run());
  test("and was changed", () => expect(rounds).toBeGreaterThan(0));
});

test.each([
  [{}, "http://users", "host: expected a name without scheme and port"],
  [{}, "users:80", "host: expected a name"],
  [{}, "10.0.0.1:80", "host: expected a name"],
  [{}, "fe.de:80", "host: expected a name"],
  [{}, "a:80", "host: expected a name"],
  [{}, "[fd00::1]", "host: expected a name"],
  [null, "users", "options: expected an object, got null"],
  ["users", "users", "options: expected an object"],
  [{ servers: null }, "users", "servers: expected an array of strings, got null"],
  [{ resolver: null }, "users", "resolver: expected a function, got null"],
  [{ observer: null }, "users", "observer: expected an object of hooks, got null"],
  [{ observer: "console" }, "users", "observer: expected an object of hooks"],
  [{ port: 0 }, "users", "port: expected a whole number from 1 to 65535"],
  [{ servers: ["nowhere"] }, "users", "servers: expected addresses"],
  [{ servers: "10.0.0.1" }, "users", "servers: expected an array of strings"],
  [{ family: 5 }, "users", "family: expected 0, 4 or 6"],
  [{ tries: 0 }, "users", "tries: expected a whole number from 1"],
  [{ tries: Infinity }, "users", "tries: expected a whole number from 1 to 2147483647, got Infinity"],
  [{ timeoutMs: 0.5 }, "users", "timeoutMs: expected a whole number from 1"],
  [{ minTtlMs: 0 }, "users", "minTtlMs: expected a number above 0"],
  [{ minTtlMs: 60_000 }, "users", "maxTtlMs: expected a number from 60000"],
  [{ jitter: 2 }, "users", "jitter: expected a number from 0 to 1"],
  [{ hostsFile: true }, "users", "hostsFile: expected a path or false"],
  [{ resolver: () => ({}) }, "users", "what resolver returns: expected an object with resolve4()"],
  [{ random: 1 }, "users", "random: expected a function"],
])("%j for %s is refused at once", (options, host, message) => {
  expect(() => dns(host, options as DnsOptions)).toThrow(message);
});
