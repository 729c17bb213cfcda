/** A real dnsmasq whose records change while real requests flow. */
import { execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mapEndpoints } from "@bal/discover";
import { dns, srv } from "@bal/dns";
import { balancedFetch } from "@bal/fetch";
import { balance } from "@bal/p2c";
import { balancedDispatcher } from "@bal/undici";
import { request } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { read } from "./support/reader.ts";

function isInstalled(): boolean {
  if (process.platform !== "linux") return false; // elsewhere 127.0.0.2 is no address of the machine
  try {
    execFileSync("dnsmasq", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => void socket.close(() => resolve()));
  return port;
}

/** Serves names from a table that can be changed, with a TTL of one second. */
async function startDnsmasq(records: Record<string, readonly string[]>, args: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "bal-dnsmasq-"));
  chmodSync(folder, 0o755); // it runs as nobody
  const hosts = join(folder, "hosts");
  const write = (table: Record<string, readonly string[]>) =>
    writeFileSync(
      hosts,
      Object.entries(table)
        .flatMap(([name, addresses]) => addresses.map((address) => `${address} ${name}\n`))
        .join(""),
    );
  write(records);
  const port = await freePort();
  const child = spawn(
    "dnsmasq",
    [
      "--keep-in-foreground",
      "--conf-file=/dev/null",
      "--pid-file=",
      `--port=${port}`,
      "--listen-address=127.0.0.1",
      "--bind-interfaces",
      "--no-resolv",
      "--no-hosts",
      `--addn-hosts=${hosts}`,
      "--local=/internal/",
      "--local-ttl=1",
      ...args,
    ],
    { stdio: "ignore" },
  );
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  onTestFinished(async () => {
    child.kill();
    await ended;
    rmSync(folder, { recursive: true });
  });
  return {
    server: `127.0.0.1:${port}`,
    change(table: Record<string, readonly string[]>) {
      write(table);
      child.kill("SIGHUP");
    },
  };
}

/** Servers with the same port on 127.0.0.2, 127.0.0.3, …, and how many requests each had. */
async function startServers(count: number) {
  const addresses = Array.from({ length: count }, (_, index) => `127.0.0.${index + 2}`);
  const requests = new Map(addresses.map((address) => [address, 0]));
  const servers: Server[] = [];
  let port = 0;
  for (const address of addresses) {
    const server = createServer((_, response) => {
      requests.set(address, (requests.get(address) ?? 0) + 1);
      response.end("ok");
    });
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, address, resolve));
    port = (server.address() as AddressInfo).port;
    servers.push(server);
  }
  onTestFinished(async () => {
    for (const server of servers) server.closeAllConnections();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  });
  return { addresses, requests, port };
}

if (isInstalled()) {
  const name = "users.internal";

  test.each(["@bal/fetch", "@bal/undici"])(
    "addresses are exchanged one by one, and no request of %s fails nor goes to one that has left",
    async (adapter) => {
      const { addresses, requests, port } = await startServers(4);
      const { server, change } = await startDnsmasq({ [name]: addresses.slice(0, 2) });
      const options = { servers: [server], hostsFile: false, family: 4, port } as const;
      let send: () => Promise<string>;
      if (adapter === "@bal/fetch") {
        const origins = mapEndpoints(dns(name, options), ({ host }) => `http://${host}`);
        const fetch = balancedFetch(origins, { balance: (endpoints) => balance(endpoints) });
        onTestFinished(() => fetch.close());
        send = async () => (await fetch("/")).text();
      } else {
        const dispatcher = balancedDispatcher((origin) => dns(origin.hostname, options), {
          balance: (endpoints) => balance(endpoints),
        });
        onTestFinished(() => dispatcher.close());
        send = async () => (await request(`http://${name}/`, { dispatcher })).body.text();
      }

      const failures: unknown[] = [];
      let flowing = true;
      const flow = Promise.all(
        Array.from({ length: 4 }, async () => {
          while (flowing) {
            await send().catch((error: unknown) => failures.push(error));
            await new Promise((resolve) => setTimeout(resolve, 2));
          }
        }),
      );
      const served = (index: number) => requests.get(addresses[index]!)!;
      await expect.poll(() => served(0) > 0 && served(1) > 0, { timeout: 5_000 }).toBe(true);
      for (const [leaves, comes] of [
        [0, 2],
        [1, 3],
      ] as const) {
        const left = addresses.slice(leaves + 1, comes + 1);
        change({ [name]: left });
        await expect.poll(() => served(comes), { timeout: 5_000 }).toBeGreaterThan(0);
        const before = served(leaves);
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect(served(leaves)).toBe(before);
      }
      flowing = false;
      await flow;
      expect(failures).toEqual([]);
    },
  );

  test("service records are followed to their targets", async () => {
    const record = (target: string, port: number, priority: number, weight: number) =>
      `--srv-host=_http._tcp.${name},${target}.${name},${port},${priority},${weight}`;
    const { server, change } = await startDnsmasq(
      { [`a.${name}`]: ["127.0.0.2"], [`b.${name}`]: ["127.0.0.3", "127.0.0.4"] },
      [record("a", 8080, 1, 10), record("b", 8081, 1, 30), record("c", 8082, 0, 1)],
    );
    const { known } = read(srv(`_http._tcp.${name}`, { servers: [server], hostsFile: false }));
    const hosts = () => [...known.values()].map(({ host, weight }) => `${host} ${weight}`).sort();
    await expect
      .poll(hosts, { timeout: 5_000 })
      .toEqual(["127.0.0.2:8080 10", "127.0.0.3:8081 15", "127.0.0.4:8081 15"]);
    change({ [`a.${name}`]: ["127.0.0.2"], [`c.${name}`]: ["127.0.0.5"] });
    await expect.poll(hosts, { timeout: 8_000 }).toEqual(["127.0.0.5:8082 1"]);
  });
} else {
  test("without dnsmasq the server within the tests stands for DNS", () => {
    console.warn("dnsmasq is not installed (on Debian: dnsmasq-base): the tests with it are left out");
    expect(isInstalled()).toBe(false);
  });
}
