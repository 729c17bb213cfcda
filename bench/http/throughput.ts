/**
 * Throughput in front of one server that answers at once. Each client is a process of its own, since in one process the
 * engine would compile what they share for all of them; and they take short turns, so that the machine's moods meet all.
 */
import { type ChildProcess, fork } from "node:child_process";
import { balancedFetch } from "@bal/fetch";
import { least } from "@bal/least";
import { expectedDelay, peakEwma } from "@bal/load";
import { balance } from "@bal/p2c";
import { median } from "../overhead/duel.ts";
import { quantile } from "../tail/measure.ts";
import { leastExpected, p2cPeak, pool, type Sender } from "./dispatchers.ts";

export interface ThroughputRow {
  readonly name: string;
  readonly perSecond: number;
  /** Of the first's of its kind, turn by turn. */
  readonly share: number;
  readonly p99: number;
  /** CPU time of the client, µs a request. */
  readonly cpu: number;
}

interface Turn {
  readonly perSecond: number;
  readonly p99: number;
  readonly cpu: number;
}

type Send = () => Promise<unknown>;
type Client = (origin: string) => Send;

const request =
  ({ open }: Sender): Client =>
  (origin) => {
    const dispatcher = open([origin]);
    return async () => (await dispatcher.request({ origin, path: "/", method: "GET" })).body.dump();
  };

const get =
  (open: (origin: string) => (url: string) => Promise<Response>): Client =>
  (origin) => {
    const send = open(origin);
    return async () => (await send("/")).text();
  };

/** The first of each kind is the measure of the others. */
const kinds: readonly Readonly<Record<string, Client>>[] = [
  Object.fromEntries([pool, p2cPeak, leastExpected].map((sender) => [sender.name, request(sender)])),
  {
    "bare fetch": get((origin) => (url) => fetch(origin + url)),
    "bal fetch, P2C and peak EWMA": get((origin) =>
      balancedFetch([origin], { balance: (all) => balance(all), load: peakEwma() }),
    ),
    "bal fetch, least and expected delay": get((origin) =>
      balancedFetch([origin], { balance: (all) => balance(all, { picker: least() }), load: expectedDelay() }),
    ),
  },
];

const clients = Object.assign({}, ...kinds) as Record<string, Client>;

/** Fifty at once for so long. */
async function turn(send: Send, forMs: number): Promise<Turn> {
  const latencies: number[] = [];
  const begin = performance.now();
  const cpuBegin = process.cpuUsage();
  const lane = async (): Promise<void> => {
    for (let sentAt = begin; sentAt < begin + forMs; ) {
      await send();
      const now = performance.now();
      latencies.push(now - sentAt);
      sentAt = now;
    }
  };
  await Promise.all(Array.from({ length: 50 }, lane));
  const { user, system } = process.cpuUsage(cpuBegin);
  return {
    perSecond: (1_000 * latencies.length) / (performance.now() - begin),
    p99: quantile(Float64Array.from(latencies).sort(), 0.99),
    cpu: (user + system) / latencies.length,
  };
}

/** The process of a client: takes a turn whenever it is told how long. */
export function serveTurns(name: string, origin: string): void {
  const send = clients[name]!(origin);
  process.on("message", (forMs: number) => void turn(send, forMs).then((seen) => process.send?.(seen)));
  process.on("disconnect", () => process.exit(0));
}

const ask = (child: ChildProcess, forMs: number): Promise<Turn> =>
  new Promise((resolve) => {
    child.once("message", resolve);
    child.send(forMs);
  });

interface Run {
  readonly name: string;
  readonly turns: Turn[];
}

/** `rounds` turns of each, `turnMs` long, after one of ten times that length, in processes of this cast alone. */
async function cast(runs: readonly Run[], origin: string, { rounds, turnMs }: Length): Promise<void> {
  const players = runs.map(({ name, turns }) => ({
    child: fork(process.argv[1]!, ["--client", name, "--origin", origin]),
    turns,
  }));
  for (const { child } of players) await ask(child, 10 * turnMs);
  for (let round = 0; round < rounds; round += 1) {
    for (const { child, turns } of round % 2 === 0 ? players : players.toReversed()) {
      turns.push(await ask(child, turnMs));
    }
  }
  for (const { child } of players) child.disconnect();
}

export interface Length {
  /** How often all start anew: what one process happens to compile, it keeps. */
  readonly casts: number;
  /** Turns of each client in each cast. */
  readonly rounds: number;
  readonly turnMs: number;
}

/** The clients of each kind against each other. */
export async function throughput(origin: string, length: Length): Promise<ThroughputRow[][]> {
  const all: ThroughputRow[][] = [];
  for (const kind of kinds) {
    const runs = Object.keys(kind).map((name): Run => ({ name, turns: [] }));
    for (let nth = 0; nth < length.casts; nth += 1) await cast(runs, origin, length);
    const first = runs[0]!.turns;
    all.push(
      runs.map(({ name, turns }) => ({
        name,
        perSecond: Math.round(median(turns.map(({ perSecond }) => perSecond))),
        share: round(median(turns.map(({ perSecond }, nth) => perSecond / first[nth]!.perSecond))),
        p99: round(median(turns.map(({ p99 }) => p99))),
        cpu: round(median(turns.map(({ cpu }) => cpu))),
      })),
    );
  }
  return all;
}

const round = (value: number): number => Number(value.toPrecision(3));
