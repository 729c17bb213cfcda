// Connections to a Redis server: as many as the load needs, and healed by themselves after the server has restarted.

import { pendingRequests } from "@bal/load";
import { balance } from "@bal/p2c";
import { pool } from "@bal/pool";
import { serviceFn } from "@bal/service";
import { connect } from "./09-connection-pool/connection.ts";
import { freePort, startServer } from "./09-connection-pool/redis-server.ts";

const port = await freePort();
let server = await startServer(port);
console.log(`${server.name} on port ${port}`);

const connections = pool(
  serviceFn(async (at: number, options) => pendingRequests()(await connect(at, options))),
  port,
  {
    balance: (services) => balance(services),
    max: 20,
  },
);

const errors = new Map<string, number>();
let answered = 0;
/** One caller: a command of 10 ms after another. */
async function work(forMs: number): Promise<void> {
  for (const end = performance.now() + forMs; performance.now() < end; ) {
    try {
      await connections.call({ seconds: 0.01 });
      answered += 1;
    } catch (error) {
      const name = error instanceof Error ? error.name : String(error);
      errors.set(name, (errors.get(name) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
const callers = (n: number, forMs: number) => Promise.all(Array.from({ length: n }, () => work(forMs)));

await callers(1, 500);
console.log(`1 caller: ${answered > 0 ? "answered" : "not answered"}, ${connections.size} connections`);
await callers(10, 1_500);
console.log(`10 callers: ${connections.size} connections`);

const load = callers(10, 4_000);
await new Promise((resolve) => setTimeout(resolve, 500));
await server.stop();
await new Promise((resolve) => setTimeout(resolve, 500));
console.log(`stopped: ${connections.size} connections; calls rejected with ${[...errors.keys()].sort().join(" and ")}`);

server = await startServer(port);
const startedAt = performance.now();
const before = answered;
while (answered === before) await new Promise((resolve) => setTimeout(resolve, 5));
console.log(`started again: answers after ${(performance.now() - startedAt).toFixed(0)} ms`);
await load;
console.log(`healed: ${connections.size} connections`);
await connections.close();
await server.stop();
