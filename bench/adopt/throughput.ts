// Requests a second through the adapters, against what is below them, in turns so that the machine's moods hit both.

import { balancedFetch } from "@bal/fetch";
import { balancedDispatcher } from "@bal/undici";
import { Pool } from "undici";
import { byDelay, byPeak, get } from "./clients.ts";
import type { Row } from "./scenarios.ts";
import type { Servers } from "./servers.ts";

const lanes = 50;

async function rate(send: () => Promise<unknown>, requests: number): Promise<number> {
  let sent = 0;
  const begun = performance.now();
  const lane = async (): Promise<void> => {
    while (sent++ < requests) await send();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return (requests / (performance.now() - begun)) * 1_000;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

/** The first is the measure of the others. */
async function inTurns(ways: Record<string, () => Promise<unknown>>, requests: number, rounds: number): Promise<Row[]> {
  const names = Object.keys(ways);
  const rates = new Map(names.map((name) => [name, [] as number[]]));
  for (const send of Object.values(ways)) await rate(send, requests);
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      rates.get(name)?.push(await rate(ways[name] as () => Promise<unknown>, requests));
    }
  }
  const of = (name: string): number[] => rates.get(name) as number[];
  return names.map((name) => {
    const ratios = of(name).map((one, round) => one / (of(names[0] as string)[round] as number));
    return {
      client: name,
      "requests a second": Math.round(median(of(name))).toLocaleString("en"),
      "of the first": `${(median(ratios) * 100).toFixed(1)} %`,
    };
  });
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
