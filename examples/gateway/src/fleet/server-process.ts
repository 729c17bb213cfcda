// One server of the fleet, in a process of its own: listens, tells its parent the port, and ends with its parent.

import type { AddressInfo } from "node:net";
import { seededRandom } from "@bal/service/testing";
import { slowServer } from "./slow-server.ts";

/** What the parent hands over as the first argument, as JSON. */
export interface ServerOrder {
  readonly name: string;
  readonly maxMs: number;
  readonly concurrency: number;
  readonly seed: number;
}

const order = JSON.parse(process.argv[2] ?? "") as ServerOrder;
let draw = seededRandom(order.seed);
const server = slowServer({ ...order, random: () => draw() });

// Ctrl-C reaches the whole group; the parent drains first and then lets go of us.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
process.on("message", () => {
  draw = seededRandom(order.seed);
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
  process.send?.((server.address() as AddressInfo).port);
});
