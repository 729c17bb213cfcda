// fetch over two servers, where a request counts as pending until its body has been read, not only its header.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { list, mapEndpoints } from "@bal/discover";
import { onBody, pendingRequests } from "@bal/load";
import { balance } from "@bal/p2c";
import { serviceFn, stack } from "@bal/service";

const servers = ["a", "b"].map((name) => createServer((_, response) => response.end(name.repeat(100_000))));
const origins = await Promise.all(
  servers.map(async (server) => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }),
);

const toOrigin = (origin: string) =>
  serviceFn((path: string, { signal }) => fetch(origin + path, { signal: signal ?? null }));

await using balanced = balance(mapEndpoints(list(origins), stack(pendingRequests({ completion: onBody }), toOrigin)));

const pending = () => balanced.endpoints().reduce((sum, endpoint) => sum + endpoint.pending, 0);

const first = await balanced.call("/big");
console.log(`${first.status}, and still pending: ${pending()}`);

// While the first body is unread, its server has one request more, so the second goes to the other one.
const second = await balanced.call("/big");
console.log(`two bodies to read, on ${balanced.endpoints().filter((endpoint) => endpoint.pending > 0).length} servers`);

const letters = (await Promise.all([first.text(), second.text()])).map((text) => `${text.length} × ${text[0]}`);
console.log(letters.sort().join(", "));
console.log(`all read, pending: ${pending()}`);

for (const server of servers) {
  server.close();
  server.closeAllConnections();
}

// Prints:
// 200, and still pending: 1
// two bodies to read, on 2 servers
// 100000 × a, 100000 × b
// all read, pending: 0
