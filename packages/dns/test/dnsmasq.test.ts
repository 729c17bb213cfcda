/** A real dnsmasq whose records change while real requests flow. */
import { mapEndpoints } from "@bal/discover";
import { dns, srv } from "@bal/dns";
import { balancedFetch } from "@bal/fetch";
import { balance } from "@bal/p2c";
import { balancedDispatcher } from "@bal/undici";
import { request } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { isInstalled, startDnsmasq, startServers } from "./support/dnsmasq.ts";
import { read } from "./support/reader.ts";

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
