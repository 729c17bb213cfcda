// The clients that are compared: what undici offers by itself, and the same over bal.

import { readFileSync, writeFileSync } from "node:fs";
import { dns } from "@bal/dns";
import { least } from "@bal/least";
import { expectedDelay, peakEwma } from "@bal/load";
import { balance } from "@bal/p2c";
import { balancedDispatcher, type GroupOptions, type TargetsOf } from "@bal/undici";
import { Agent, BalancedPool, type Dispatcher } from "undici";

export const byPeak: GroupOptions = { balance: (endpoints) => balance(endpoints), load: peakEwma() };
export const byDelay: GroupOptions = {
  balance: (endpoints) => balance(endpoints, { picker: least() }),
  load: expectedDelay(),
};

export interface Contender {
  readonly name: string;
  readonly dispatcher: Dispatcher;
}

/** Over a list of origins. */
export const overOrigins = (origins: string[]): Contender[] => [
  { name: "undici BalancedPool", dispatcher: new BalancedPool(origins) },
  { name: "@bal/undici, p2c and peakEwma", dispatcher: balancedDispatcher(origins, byPeak) },
  { name: "@bal/undici, least and expectedDelay", dispatcher: balancedDispatcher(origins, byDelay) },
];

/** A name whose addresses can be changed: a hosts file for bal, and for undici the same as what its sockets look up. */
export class Name {
  readonly host = "users.internal";
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  point(addresses: readonly string[]): void {
    writeFileSync(this.#file, addresses.map((address) => `${address} ${this.host}\n`).join(""));
  }

  /** Every new connection goes to one of the addresses of the moment, as with a DNS server that turns them round. */
  agent(): Contender {
    const lookup = (_: string, options: unknown, found: (...args: unknown[]) => void): void => {
      const lines = readFileSync(this.#file, "utf8").trim().split("\n");
      const address = lines[Math.floor(Math.random() * lines.length)]?.split(" ")[0] ?? "";
      if ((options as { all?: boolean }).all) found(null, [{ address, family: 4 }]);
      else found(null, address, 4);
    };
    return { name: "undici Agent, keep-alive", dispatcher: new Agent({ connect: { lookup: lookup as never } }) };
  }

  balanced(): Contender {
    // As with a TTL of one second.
    const targets: TargetsOf = ({ hostname, port }) =>
      dns(hostname, { hostsFile: this.#file, port: Number(port), minTtlMs: 1_000, maxTtlMs: 1_000 });
    return { name: "@bal/undici over @bal/dns", dispatcher: balancedDispatcher(targets, byPeak) };
  }
}

export async function get(dispatcher: Dispatcher, origin: string): Promise<void> {
  const { body } = await dispatcher.request({ origin, path: "/", method: "GET" });
  await body.dump();
}
