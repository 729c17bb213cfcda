// A name whose addresses change: the new one gets requests, the old one gets no more, and none fails.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mapEndpoints } from "@bal/discover";
import { dns } from "@bal/dns";
import { balancedFetch } from "@bal/fetch";
import { peakEwma } from "@bal/load";
import { balance } from "@bal/p2c";

const server = createServer((message, response) => response.end(message.socket.localAddress));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;

// A hosts file in place of a DNS server, so that this runs anywhere; dns() reads it as it reads /etc/hosts.
const folder = mkdtempSync(join(tmpdir(), "bal-example-"));
const hostsFile = join(folder, "hosts");
const point = (...addresses: string[]) =>
  writeFileSync(hostsFile, addresses.map((one) => `${one} users.internal\n`).join(""));
point("127.0.0.1", "::1"); // nobody answers at the second

const changes: string[] = [];
const addresses = dns("users.internal", { port, hostsFile, minTtlMs: 50, maxTtlMs: 50 });
const origins = mapEndpoints(addresses, ({ host, address }) => {
  changes.push(address);
  return `http://${host}`;
});
const fetch = balancedFetch(origins, { balance: (endpoints) => balance(endpoints), load: peakEwma() });

let failed = 0;
const send = async () => {
  for (let i = 0; i < 20; i++)
    await fetch("/").then(
      (response) => response.text(),
      () => failed++,
    );
};

await send();
console.log(`${fetch.endpoints().length} addresses: ${changes.join(", ")}; ${failed} failed`);

point("127.0.0.1");
await new Promise((resolve) => setTimeout(resolve, 300));
await send();
console.log(`${fetch.endpoints().length} address left; ${failed} failed`);

await fetch.close();
server.close();
server.closeAllConnections();
rmSync(folder, { recursive: true });

// Prints:
// 2 addresses: 127.0.0.1, ::1; 0 failed
// 1 address left; 0 failed
