// The gateway: an HTTP server, a balance, and upstreams behind it.

import type { Duplex } from "node:stream";
import { endpointSet } from "@bal/discover";
import type { Discover } from "@bal/service";
import { type Live, live } from "./live/live.ts";
import { type Front, front } from "./measure/front.ts";
import { httpServer, listen, type ServerLimits } from "./proxy/listen.ts";
import { patience } from "./proxy/patience.ts";
import { proxy, type Send } from "./proxy/proxy.ts";
import { mayRetry } from "./proxy/retry.ts";
import type { GatewayBalance, Strategy } from "./strategies/strategies.ts";
import { follow, type Heard } from "./upstream/follow.ts";
import type { Upstream } from "./upstream/upstream.ts";

export interface GatewayOptions extends ServerLimits {
  readonly upstreams: readonly Upstream[];
  /** Further ones, which come and go. */
  readonly found?: Discover<string, Upstream> | undefined;
  /** Hears who of those came and who left. */
  readonly heard?: Heard;
  readonly strategy: Strategy;
  readonly random: () => number;
  /** A request waits at most so long for an upstream with room, then it is answered 503. */
  readonly queueMs: number;
  /** So many may wait. */
  readonly maxQueue: number;
}

export interface Gateway {
  /** Those of the moment. */
  readonly upstreams: readonly Upstream[];
  readonly strategy: Strategy;
  readonly balance: GatewayBalance;
  /** What clients have seen so far. */
  readonly traffic: Front;
  /** Balances by another strategy from here on; what is in flight is answered undisturbed. */
  use(strategy: Strategy): void;
  listen(at: { host: string; port: number; orNext: boolean }): Promise<number>;
  /** Takes nothing new, answers what is in flight, at most for `graceMs`, and closes all. */
  close(graceMs: number): Promise<void>;
}

export function gateway(options: GatewayOptions): Gateway {
  const { queueMs, maxQueue, random, found, heard = () => {} } = options;
  const set = endpointSet(options.upstreams.map((upstream) => [upstream.url, upstream] as const));
  const present = (): Upstream[] => Array.from(set.keys(), (url) => set.get(url) as Upstream);
  const leave = found && follow(found, set, heard);
  /** Connections that speak another protocol by now; the server knows them no longer. */
  const upgraded = new Set<Duplex>();
  let strategy = options.strategy;
  let balance = strategy.over(set, { random, maxQueue });

  const pages: Live = live();
  const traffic = front();

  const server = httpServer(options, (request, response, arrived) => {
    if (pages.answer(request, response, self)) return;
    traffic.watch(response);
    const socket = arrived.upgrade?.socket;
    if (socket !== undefined) upgraded.add(socket.once("close", () => upgraded.delete(socket)));
    void proxy({ request, response, ...arrived }, send);
  });

  const patient = patience(present, queueMs);

  /** Through the balance, and again where nothing can have happened yet. */
  const send: Send = async (request, abort) => {
    for (let attempt = 1; ; attempt += 1) {
      let begun = false;
      let over: (() => void) | undefined;
      request.onSend = () => {
        begun = true;
        over?.();
      };
      const answer = balance.call(request, { signal: abort.signal });
      if (!begun) over = patient.watch(abort); // no upstream has room: it waits in the balance's queue
      try {
        return await answer;
      } catch (error) {
        if (attempt === 3 || abort.signal.aborted || !mayRetry(request, error)) throw error;
      } finally {
        over?.();
      }
    }
  };

  const self: Gateway = {
    traffic,
    get upstreams() {
      return present();
    },
    get strategy() {
      return strategy;
    },
    get balance() {
      return balance;
    },
    use(next) {
      void balance.close();
      strategy = next;
      balance = strategy.over(set, { random, maxQueue });
    },
    listen: (at) => listen(server, at),
    async close(graceMs) {
      pages.close();
      const drained = new Promise((resolve) => server.close(resolve));
      // A kept connection that falls idle only now would hold the server open.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      const cut = setTimeout(() => {
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy();
      }, graceMs);
      await drained;
      clearInterval(idle);
      clearTimeout(cut);
      await balance.close();
      await leave?.();
      await Promise.all(present().map((upstream) => upstream.close()));
    },
  };
  return self;
}
