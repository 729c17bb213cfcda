// Node's own fetch and undici's request over a dispatcher, through an outage of all servers and their return.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { peakEwma } from "@bal/load";
import { balance } from "@bal/p2c";
import { balancedDispatcher } from "@bal/undici";
import { fetch, getGlobalDispatcher, request, setGlobalDispatcher } from "undici";

async function start(port = 0): Promise<{ server: Server; port: number; stop(): Promise<void> }> {
  const server = createServer((message, response) => response.end(`${message.headers.host}`));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { server, port: (server.address() as AddressInfo).port, stop };
}

let servers = [await start(), await start()];
const ports = servers.map(({ port }) => port);

// Two servers behind any name that the program uses; a function would give each name its own.
const dispatcher = balancedDispatcher(
  ports.map((port) => `http://127.0.0.1:${port}`),
  { balance: (endpoints) => balance(endpoints), load: peakEwma() },
);

const { body } = await request("http://users.internal/", { dispatcher });
console.log(`request: ${await body.text()}`);
const before = getGlobalDispatcher();
setGlobalDispatcher(dispatcher);
console.log(`undici's fetch: ${await (await fetch("http://users.internal/")).text()}`);
console.log(`Node's own fetch: ${await (await globalThis.fetch("http://orders.internal/")).text()}`);

await Promise.all(servers.map(({ stop }) => stop()));
await fetch("http://users.internal/").catch((error: Error) => console.log(`all gone: ${error.message}`));

servers = await Promise.all(ports.map((port) => start(port)));
// Each is tried again by itself, after a pause that grows while it is away; within 5 s both are back.
const back = () => dispatcher.endpoints().filter(({ reachable }) => reachable).length;
for (let i = 0; i < 250 && back() < 2; i++) {
  await (await fetch("http://users.internal/")).text();
  await new Promise((resolve) => setTimeout(resolve, 20));
}
console.log(`back: ${back()} of 2`);

setGlobalDispatcher(before);
await dispatcher.close();
await Promise.all(servers.map(({ stop }) => stop()));

// Prints:
// request: users.internal
// undici's fetch: users.internal
// Node's own fetch: orders.internal
// all gone: fetch failed
// back: 2 of 2
