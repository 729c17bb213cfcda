// Upstreams that come and go: those of a set, and those behind a name that a real dnsmasq knows.

import { endpointSet } from "@bal/discover";
import { beforeAll, describe, expect, it } from "vitest";
import { isInstalled, startDnsmasq, startServers } from "../../../packages/dns/test/support/dnsmasq.ts";
import { type Upstream, upstream } from "../src/upstream/upstream.ts";
import { build, start } from "./support/program.ts";
import { eventually, gatewayOver, serverWith } from "./support/stand.ts";

const limits = { concurrency: 10, firstByteMs: 10_000, idleMs: 10_000, headerBytes: 16_384, connectMs: 2_000 };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("upstreams that come and go", () => {
  it("are waited for while there is none, and then used", async () => {
    const found = endpointSet<string, Upstream>();
    const { url, gateway } = await gatewayOver([], { found });
    const early = fetch(url);
    await eventually(() => gateway.balance.queued === 1);
    const server = await serverWith((request, response) => response.end(request.headers.host));
    found.insert("one", upstream(server.url, { ...limits, host: "users.internal:80" }));
    expect(await (await early).text()).toBe("users.internal:80");
    expect(gateway.upstreams.map((each) => each.url)).toEqual([server.url]);
    expect(((await (await fetch(`${url}/_bal/state`)).json()) as { endpoints: unknown[] }).endpoints).toHaveLength(1);
  });

  it("answer what they have when they leave, and get nothing new", async () => {
    let finish: (() => void) | undefined;
    const leaving = await serverWith((_, response) => {
      finish = () => response.end("in time");
    });
    const staying = await serverWith((_, response) => response.end("staying"));
    const found = endpointSet<string, Upstream>();
    const left: string[] = [];
    const heard = (change: string, url: string) => void left.push(`${change} ${url}`);
    const { url, gateway } = await gatewayOver([], { found, heard });
    found.insert("leaving", upstream(leaving.url, limits));
    const slow = fetch(url);
    await eventually(() => finish !== undefined);
    found.reset([["staying", upstream(staying.url, limits)]]);
    await eventually(() => left.length === 3);
    for (let i = 0; i < 5; i += 1) expect(await (await fetch(url)).text()).toBe("staying");
    finish?.();
    expect(await (await slow).text()).toBe("in time");
    expect(left).toEqual([`came ${leaving.url}`, `left ${leaving.url}`, `came ${staying.url}`]);
    expect(gateway.upstreams.map((each) => each.url)).toEqual([staying.url]);
    await eventually(() => leaving.server.listening);
  });

  it("are missed with 503 and the reason, once a request has waited for long enough", async () => {
    const { url } = await gatewayOver([], { found: endpointSet<string, Upstream>(), queueMs: 100 });
    const answer = await fetch(url);
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { error: "no_upstream", message: "no upstream is known" },
    ]);
  });
});

if (isInstalled()) {
  describe("--dns", () => {
    beforeAll(build, 60_000);

    it("balances over all addresses of a name and follows them, and no request fails", async () => {
      const { addresses, requests, port } = await startServers(4);
      const name = "users.internal";
      const { server, change, stop } = await startDnsmasq({ [name]: addresses.slice(0, 2) });
      const program = start("--dns", `${name}:${port}`, "--dns-server", server, "--port", "0");
      const [, url = ""] = await program.says(/serving the addresses of users\.internal:\d+ by .* at (http:\S+)\n/);

      const failures: unknown[] = [];
      let flowing = true;
      const flow = Promise.all(
        Array.from({ length: 4 }, async () => {
          while (flowing) {
            const answer = await fetch(url);
            if ((await answer.text()) !== "ok") failures.push(answer.status);
            await pause(2);
          }
        }),
      );
      const served = (index: number) => requests.get(addresses[index] as string) as number;
      await eventually(() => served(0) > 0 && served(1) > 0);
      for (const [leaves, comes] of [
        [0, 2],
        [1, 3],
      ] as const) {
        change({ [name]: addresses.slice(leaves + 1, comes + 1) });
        await program.says(new RegExp(`- http://${addresses[leaves]}:${port}\n`));
        await eventually(() => served(comes) > 0);
        const before = served(leaves);
        await pause(100);
        expect(served(leaves)).toBe(before);
      }
      await stop();
      await program.says(/DNS fails \(\w+\); what is known stays\n/);
      const before = served(3);
      await eventually(() => served(3) > before);
      flowing = false;
      await flow;
      expect(failures).toEqual([]);
      program.kill("SIGINT");
      expect(await program.ended).toBe(0);
      expect(program.stderr).toBe("");
    }, 40_000);
  });
}
