// fetch over three servers of which one is slow and one is gone: nothing fails, and the slow one gets little.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { balancedFetch } from "@bal/fetch";
import { least } from "@bal/least";
import { expectedDelay, httpFailure, onBody } from "@bal/load";
import { balance } from "@bal/p2c";

const answered = { fast: 0, slow: 0, gone: 0 };

async function start(name: keyof typeof answered, delayMs: number): Promise<{ origin: string; server: Server }> {
  const server = createServer((request, response) => {
    answered[name] += 1;
    setTimeout(() => response.end(`user ${request.url}`), delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const servers = [await start("fast", 1), await start("slow", 200), await start("gone", 1)];
await new Promise((resolve) => servers[2]?.server.close(resolve));

// The whole of it: the origins, the balancer, and what a load is.
const fetch = balancedFetch(
  servers.map(({ origin }) => origin),
  {
    balance: (endpoints) => balance(endpoints, { picker: least() }),
    load: expectedDelay({ completion: onBody, failed: httpFailure }),
    retry: {},
  },
);

const texts: string[] = [];
const ask = async (i: number) => void texts.push(await (await fetch(`/users/${i}`)).text());
for (let i = 0; i < 100; i += 5) await Promise.all([0, 1, 2, 3, 4].map((n) => ask(i + n)));

console.log(`${texts.length} answers, such as ${texts.sort()[0]}`);
const shares = answered.slow < answered.fast / 2 ? "less than half as many" : "as many";
console.log(`gone: ${answered.gone}; slow: ${shares} as fast`);

await fetch.close();
for (const { server } of servers) {
  server.close();
  server.closeAllConnections();
}

// Prints:
// 100 answers, such as user /users/0
// gone: 0; slow: less than half as many as fast
