// Servers on loopback whose speed can be set, in a process of their own, and traffic for them.

import { type ChildProcess, fork } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What the client asks of the process that serves. */
interface Order {
  readonly id: number;
  readonly do: "start" | "stop" | "counts";
  readonly address?: string;
  readonly port?: number;
  readonly delayMs?: number;
}

/** The part of the process that serves: `--serve`. */
export function serve(): void {
  const servers = new Map<string, Server>();
  const counts: Record<string, number> = {};
  const carryOut = async ({ do: what, address = "", port = 0, delayMs = 0 }: Order): Promise<unknown> => {
    if (what === "counts") return counts;
    if (what === "stop") {
      const server = servers.get(`${address}:${port}`);
      server?.close();
      server?.closeAllConnections();
      return undefined;
    }
    const server = createServer((_, response) => {
      counts[key] = (counts[key] ?? 0) + 1;
      if (delayMs === 0) response.end("ok");
      else setTimeout(() => response.end("ok"), delayMs);
    });
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    const key = `${address}:${(server.address() as AddressInfo).port}`;
    servers.set(key, server);
    counts[key] ??= 0;
    return (server.address() as AddressInfo).port;
  };
  process.on("message", (order: Order) => {
    void carryOut(order).then((answer) => process.send?.({ id: order.id, answer }));
  });
  process.on("disconnect", () => process.exit());
}

/** The servers, seen from the client. */
export class Servers {
  readonly #child: ChildProcess = fork(process.argv[1] as string, ["--serve"]);
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #orders = 0;

  constructor() {
    this.#child.on("message", ({ id, answer }: { id: number; answer: unknown }) => this.#waiting.get(id)?.(answer));
  }

  start(address: string, port = 0, delayMs = 0): Promise<number> {
    return this.#order({ do: "start", address, port, delayMs }) as Promise<number>;
  }

  async stop(address: string, port: number): Promise<void> {
    await this.#order({ do: "stop", address, port });
  }

  counts(): Promise<Record<string, number>> {
    return this.#order({ do: "counts" }) as Promise<Record<string, number>>;
  }

  close(): void {
    this.#child.kill();
  }

  #order(order: Omit<Order, "id">): Promise<unknown> {
    const id = ++this.#orders;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ ...order, id });
    });
  }
}

/** Requests one after the other in each of `lanes`, until it is stopped; notes how long each took and which failed. */
export function traffic(send: () => Promise<unknown>, lanes: number, pauseMs = 0) {
  let flowing = true;
  const tookMs: number[] = [];
  const failures: { readonly at: number; readonly error: unknown }[] = [];
  const lane = async (): Promise<void> => {
    while (flowing) {
      const begun = performance.now();
      try {
        await send();
        tookMs.push(performance.now() - begun);
      } catch (error) {
        failures.push({ at: begun, error });
      }
      if (pauseMs > 0) await sleep(pauseMs);
    }
  };
  const over = Promise.all(Array.from({ length: lanes }, lane));
  return {
    tookMs,
    failures,
    async stop(): Promise<void> {
      flowing = false;
      await over;
    },
  };
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What each server served between two counts, as shares, in the order of `keys`. */
export function shares(
  before: Record<string, number>,
  after: Record<string, number>,
  keys: readonly string[],
): number[] {
  const served = keys.map((key) => (after[key] ?? 0) - (before[key] ?? 0));
  const all = served.reduce((sum, one) => sum + one, 0);
  return served.map((one) => one / Math.max(all, 1));
}

export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)} %`;
