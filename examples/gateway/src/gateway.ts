// The gateway: an HTTP server, a balance, and upstreams behind it.

import { endpointSet } from "@bal/discover";
import { type Live, live } from "./live/live.ts";
import { type Front, front } from "./measure/front.ts";
import { httpServer, listen, type ServerLimits } from "./proxy/listen.ts";
import { patience } from "./proxy/patience.ts";
import { proxy, type Send } from "./proxy/proxy.ts";
import { mayRetry } from "./proxy/retry.ts";
import type { GatewayBalance, Strategy } from "./strategies/strategies.ts";
import type { Upstream } from "./upstream/upstream.ts";

export interface GatewayOptions extends ServerLimits {
  readonly upstreams: readonly Upstream[];
  readonly strategy: Strategy;
  readonly random: () => number;
  /** A request waits at most so long for an upstream with room, then it is answered 503. */
  readonly queueMs: number;
  /** So many may wait. */
  readonly maxQueue: number;
}

export interface Gateway {
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
  const { upstreams, queueMs, maxQueue, random } = options;
  const set = endpointSet(upstreams.map((upstream) => [upstream.url, upstream] as const));
  let strategy = options.strategy;
  let balance = strategy.over(set, { random, maxQueue });

  const pages: Live = live();
  const traffic = front();

  const server = httpServer(options, (request, response, expectsContinue) => {
    if (pages.answer(request, response, self)) return;
    traffic.watch(response);
    void proxy({ request, response, expectsContinue }, send);
  });

  const patient = patience(upstreams, queueMs);

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
    upstreams,
    traffic,
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
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      await drained;
      clearInterval(idle);
      clearTimeout(cut);
      await balance.close();
      await Promise.all(upstreams.map((upstream) => upstream.close()));
    },
  };
  return self;
}
