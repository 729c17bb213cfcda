// A gateway over real servers on loopback, with everything closed at the end.

import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:net";
import { onTestFinished } from "vitest";
import { type Gateway, type GatewayOptions, gateway } from "../../src/gateway.ts";
import { strategies } from "../../src/strategies/strategies.ts";
import { type UpstreamOptions, upstream } from "../../src/upstream/upstream.ts";

export interface Stand {
  readonly gateway: Gateway;
  readonly port: number;
  readonly url: string;
}

const limits = { concurrency: 100, firstByteMs: 60_000, idleMs: 60_000, headerBytes: 16_384, connectMs: 2_000 };

/** Listens on a free port, or on `port`; closed when the test is over. */
export async function serverWith(
  handle: RequestListener,
  port = 0,
): Promise<{ server: Server; url: string; port: number }> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => void kill(server));
  const bound = (server.address() as AddressInfo).port;
  return { server, url: `http://127.0.0.1:${bound}`, port: bound };
}

/** As if its process had died. */
export async function kill(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

export interface StandOptions extends Partial<GatewayOptions> {
  readonly limits?: Partial<UpstreamOptions>;
  readonly strategyId?: string;
}

export async function gatewayOver(urls: readonly string[], options: StandOptions = {}): Promise<Stand> {
  const strategy = strategies.find(({ id }) => id === (options.strategyId ?? "round-robin")) ?? strategies[0];
  if (strategy === undefined) throw new Error("no strategies");
  const front = gateway({
    upstreams: urls.map((url) => upstream(url, { ...limits, ...options.limits })),
    strategy,
    random: Math.random,
    queueMs: 2_000,
    maxQueue: 100,
    headerBytes: 16_384,
    headerMs: 5_000,
    ...options,
  });
  const port = await front.listen({ host: "127.0.0.1", port: 0, orNext: false });
  onTestFinished(() => front.close(0));
  return { gateway: front, port, url: `http://127.0.0.1:${port}` };
}

/** Sends `bytes` as they are; resolves with all that came back, at the latest when the connection ends. */
export function raw(port: number, bytes: string, until: RegExp = /$^/): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = open(port);
    let answer = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      answer += chunk;
      if (until.test(answer)) socket.destroy();
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
    socket.write(bytes, "latin1");
  });
}

export function open(port: number): Socket {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Waits until `holds` does, and fails when it does not within 15 s. */
export async function eventually(holds: () => boolean): Promise<void> {
  for (const begin = performance.now(); !holds(); ) {
    if (performance.now() - begin > 15_000) throw new Error(`did not come about: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
