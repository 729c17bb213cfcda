// Requests a second through the adapters, against what is below them, in turns so that the machine's moods hit both.

import { balancedFetch } from "@bal/fetch";
import { balancedDispatcher } from "@bal/undici";
import { Pool } from "undici";
import { byDelay, byPeak, get } from "./clients.ts";
import type { Row } from "./scenarios.ts";
import type { Servers } from "./servers.ts";

const lanes = 50;

interface Turn {
  /** Requests a second. */
  readonly rate: number;
  /** CPU time of this process, µs a request: what a machine that is busy with other things says most truly. */
  readonly cpu: number;
}

async function turn(send: () => Promise<unknown>, requests: number): Promise<Turn> {
  let sent = 0;
  const begun = performance.now();
  const cpuBegun = process.cpuUsage();
  const lane = async (): Promise<void> => {
    while (sent++ < requests) await send();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const { user, system } = process.cpuUsage(cpuBegun);
  return { rate: (requests / (performance.now() - begun)) * 1_000, cpu: (user + system) / requests };
}

/** Of many short turns those count in which the machine was calm: the value that a fifth of them beat. */
function calm(values: readonly number[], better: "more" | "less"): number {
  const sorted = [...values].sort((a, b) => (better === "more" ? b - a : a - b));
  return sorted[Math.floor(sorted.length / 5)] as number;
}

/** The first is the measure of the others. */
async function inTurns(ways: Record<string, () => Promise<unknown>>, requests: number, rounds: number): Promise<Row[]> {
  const names = Object.keys(ways);
  const turns = new Map(names.map((name) => [name, [] as Turn[]]));
  for (const send of Object.values(ways)) await turn(send, requests);
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      turns.get(name)?.push(await turn(ways[name] as () => Promise<unknown>, requests));
    }
  }
  const rateOf = (name: string): number =>
    calm(
      (turns.get(name) as Turn[]).map(({ rate }) => rate),
      "more",
    );
  const cpuOf = (name: string): number =>
    calm(
      (turns.get(name) as Turn[]).map(({ cpu }) => cpu),
      "less",
    );
  const [first = ""] = names;
  return names.map((name) => ({
    client: name,
    "requests a second": Math.round(rateOf(name)).toLocaleString("en"),
    "of the first": `${((100 * rateOf(name)) / rateOf(first)).toFixed(1)} %`,
    "CPU µs a request": cpuOf(name).toFixed(1),
    "of the first's": `${((100 * cpuOf(name)) / cpuOf(first)).toFixed(1)} %`,
  }));
}

export async function throughput(servers: Servers, requests: number, rounds: number): Promise<Row[][]> {
  const origin = `http://127.0.0.1:${await servers.start("127.0.0.1")}`;
  const pool = new Pool(origin);
  const peak = balancedDispatcher([origin], byPeak);
  const delay = balancedDispatcher([origin], byDelay);
  const named = balancedDispatcher([origin], byPeak);
  const dispatchers = await inTurns(
    {
      "undici Pool": () => get(pool, origin),
      "@bal/undici, p2c and peakEwma": () => get(peak, origin),
      "@bal/undici, least and expectedDelay": () => get(delay, origin),
      "@bal/undici, with a host to be added": () => get(named, "http://users.internal"),
    },
    requests,
    rounds,
  );
  const overPeak = balancedFetch([origin], byPeak as never);
  const fetches = await inTurns(
    {
      "bare fetch": async () => (await fetch(`${origin}/`)).text(),
      "@bal/fetch, p2c and peakEwma": async () => (await overPeak("/")).text(),
    },
    requests / 4,
    rounds,
  );
  await Promise.all([pool.close(), peak.close(), delay.close(), named.close(), overPeak.close()]);
  return [dispatchers, fetches];
}
