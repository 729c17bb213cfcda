/** What sends the requests of the bench: undici alone, and undici through bal. */
import { least } from "@bal/least";
import { expectedDelay, peakEwma, pendingRequests } from "@bal/load";
import { balance, p2c } from "@bal/p2c";
import { balancedDispatcher } from "@bal/undici";
import { BalancedPool, type Dispatcher, Pool } from "undici";

export interface Sender {
  readonly name: string;
  open(origins: readonly string[]): Dispatcher | RoundRobin;
}

type RoundRobin = Pick<Dispatcher, "request" | "close">;

const factory = (origin: string): Pool => new Pool(origin);

/** undici's own Pools, one after the other. */
const roundRobin: Sender = {
  name: "round robin over Pools",
  open(origins) {
    const pools = origins.map((origin) => new Pool(origin));
    let next = 0;
    return {
      request: ((options: Dispatcher.RequestOptions) => {
        const at = next++ % pools.length;
        return pools[at]!.request({ ...options, origin: origins[at]! });
      }) as Dispatcher["request"],
      close: (async () => void (await Promise.all(pools.map((pool) => pool.close())))) as Dispatcher["close"],
    };
  },
};

export const pool: Sender = { name: "undici Pool", open: ([origin]) => new Pool(origin!) };

type Options = Parameters<typeof balancedDispatcher>[1];

/** undici's Pools through bal; a load and a picker of its own for each that is opened. */
function through(name: string, balanceOf: Options["balance"], load: () => NonNullable<Options["load"]>): Sender {
  return {
    name,
    open: (origins) => balancedDispatcher([...origins], { balance: balanceOf, load: load(), factory }),
  };
}

const two: Options["balance"] = (endpoints) => balance(endpoints, { picker: p2c() });
const all: Options["balance"] = (endpoints) => balance(endpoints, { picker: least() });

export const p2cPending: Sender = through("bal, P2C and pending", two, () => pendingRequests());
export const p2cPeak: Sender = through("bal, P2C and peak EWMA", two, () => peakEwma());
export const leastExpected: Sender = through("bal, least and expected delay", all, () => expectedDelay());

/** Over ten servers. */
export const senders: readonly Sender[] = [
  {
    name: "undici BalancedPool, 50 connections each",
    open: (origins) => new BalancedPool([...origins], { connections: 50 }),
  },
  {
    name: "undici BalancedPool, 4 connections each",
    open: (origins) => new BalancedPool([...origins], { connections: 4 }),
  },
  roundRobin,
  p2cPending,
  p2cPeak,
  leastExpected,
];
