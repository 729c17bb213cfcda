/** Who sends the requests: bal, undici's BalancedPool, and the bench's rivals in real time. */
import { list } from "@bal/discover";
import { least } from "@bal/least";
import { expectedDelay, peakEwma, pendingRequests } from "@bal/load";
import { balance, p2c } from "@bal/p2c";
import { type Endpoint, type Layer, type Load, type Picker, type Service, serviceFn } from "@bal/service";
import { BalancedPool, type Dispatcher, Pool } from "undici";
import { Job } from "../tail/job.ts";
import { roundRobin } from "../tail/rivals/simple.ts";
import { tower } from "../tail/rivals/tower.ts";
import type { Algorithm, Balancer, World } from "../tail/scenario.ts";

export interface Answer {
  readonly status: number;
}

/** Sends one request of so much work. */
export type Send = (workMs: number) => Promise<Answer>;

export interface Contender {
  readonly name: string;
  readonly title: string;
  start(origins: readonly string[]): { readonly send: Send; close(): Promise<void> };
}

async function ask(dispatcher: Dispatcher, origin: string, workMs: number): Promise<Answer> {
  const { statusCode, body } = await dispatcher.request({
    origin,
    path: "/",
    method: "GET",
    headers: { "x-work-ms": String(workMs) },
  });
  await body.text();
  return { status: statusCode };
}

type Plain = Service<number, Answer>;
type Measured = Plain & Load;

function bal(
  name: string,
  title: string,
  load: () => Layer<Plain, Measured>,
  picker: () => Picker<Endpoint<number, Measured>>,
) {
  return {
    name,
    title,
    start(origins) {
      const pools = origins.map((origin) => new Pool(origin));
      const layer = load();
      const services = pools.map((pool, index) => layer(serviceFn((work: number) => ask(pool, origins[index]!, work))));
      const balanced = balance(list(services), { picker: picker() });
      return {
        send: (workMs) => balanced.call(workMs),
        async close() {
          await balanced.close();
          await Promise.all(pools.map((pool) => pool.close()));
        },
      };
    },
  } satisfies Contender;
}

/** An algorithm of the simulator, on sockets and the real clock. */
function rival(algorithm: Algorithm): Contender {
  return {
    name: algorithm.name,
    title: algorithm.title,
    start(origins) {
      const pools = origins.map((origin) => new Pool(origin));
      let chosen = -1;
      const world = {
        time: {
          get now() {
            return performance.now();
          },
        },
        clients: 1,
        random: () => Math.random,
        send: (job: Job, server: number) => {
          job.server = server;
          chosen = server;
        },
      };
      const balancer: Balancer = algorithm.client(world as unknown as World, 0);
      for (const index of origins.keys()) balancer.add(index);
      return {
        async send(workMs) {
          const job = new Job(undefined as never, 0, 0, workMs, false, performance.now());
          balancer.request(job);
          const sentAt = performance.now();
          try {
            return await ask(pools[chosen]!, origins[chosen]!, workMs);
          } finally {
            balancer.ended?.(job, performance.now() - sentAt);
          }
        },
        close: async () => void (await Promise.all(pools.map((pool) => pool.close()))),
      };
    },
  };
}

const balancedPool: Contender = {
  name: "balanced-pool",
  title: "undici's BalancedPool, 50 connections",
  start(origins) {
    const pool = new BalancedPool([...origins], { connections: 50 });
    return { send: (workMs) => ask(pool, origins[0]!, workMs), close: () => pool.close() };
  },
};

const failed = ({ response }: { readonly response?: unknown }): boolean =>
  response === undefined || (response as Answer).status >= 500;

export const contenders: readonly Contender[] = [
  rival(roundRobin),
  balancedPool,
  bal(
    "p2c-pending",
    "P2C, pending",
    () => pendingRequests(),
    () => p2c(),
  ),
  rival(tower),
  bal(
    "p2c-peak",
    "P2C, peak EWMA",
    () => peakEwma({ failed }),
    () => p2c(),
  ),
  bal(
    "least-pending",
    "least, pending",
    () => pendingRequests(),
    () => least(),
  ),
  bal(
    "least-expected",
    "least, expected delay",
    () => expectedDelay({ failed }),
    () => least(),
  ),
];
