// What an adopter would notice: each scenario gives a table of what came out.

import { type Contender, get, Name, overOrigins } from "./clients.ts";
import { percent, type Servers, shares, sleep, traffic } from "./servers.ts";

export type Row = Record<string, string>;

const loopback = (index: number): string => `127.0.0.${index + 2}`;

async function startSame(servers: Servers, count: number, delayMs: number): Promise<number> {
  const port = await servers.start(loopback(0), 0, delayMs);
  for (let i = 1; i < count; i++) await servers.start(loopback(i), port, delayMs);
  return port;
}

/** Two servers behind one name become six: the share of the four new ones, two thirds where all is fair. */
export async function skew(servers: Servers, hosts: string, secondsMs = 1_000): Promise<Row[]> {
  const rows: Row[] = [];
  for (const kind of ["agent", "balanced"] as const) {
    const port = await startSame(servers, 6, 5);
    const keys = Array.from({ length: 6 }, (_, index) => `${loopback(index)}:${port}`);
    const name = new Name(hosts);
    name.point([loopback(0), loopback(1)]);
    const { name: client, dispatcher } = name[kind]();
    const flow = traffic(() => get(dispatcher, `http://${name.host}:${port}`), 20);
    await sleep(secondsMs);
    name.point(Array.from({ length: 6 }, (_, index) => loopback(index)));
    const row: Row = { client };
    let seconds = 0;
    for (const until of [1, 2, 5, 10]) {
      await sleep((until - seconds - 0.5) * secondsMs);
      const before = await servers.counts();
      await sleep(0.5 * secondsMs);
      seconds = until;
      const [, , ...fresh] = shares(before, await servers.counts(), keys);
      row[`after ${until} s`] = percent(fresh.reduce((sum, share) => sum + share, 0));
    }
    row.failed = `${flow.failures.length}`;
    await flow.stop();
    await dispatcher.close();
    rows.push(row);
  }
  return rows;
}

/** One of ten servers answers after 100 ms, the others after 5. */
export async function slow(servers: Servers, ms: number): Promise<Row[]> {
  const delays = Array.from({ length: 10 }, (_, index) => (index === 0 ? 100 : 5));
  const ports = await Promise.all(delays.map((delayMs) => servers.start("127.0.0.1", 0, delayMs)));
  const keys = ports.map((port) => `127.0.0.1:${port}`);
  return compare(keys, async ({ dispatcher }) => {
    const before = await servers.counts();
    const flow = traffic(() => get(dispatcher, "http://users.internal"), 20);
    await sleep(ms);
    await flow.stop();
    const [share = 0] = shares(before, await servers.counts(), keys);
    const sorted = flow.tookMs.sort((a, b) => a - b);
    const at = (quantile: number): string => `${sorted[Math.floor(sorted.length * quantile)]?.toFixed(1)} ms`;
    return { "share of the slow one": percent(share), p50: at(0.5), p99: at(0.99) };
  });
}

/** All three servers are gone for three seconds, then all are back. */
export async function outage(servers: Servers, secondMs: number): Promise<Row[]> {
  const ports = await Promise.all([0, 0, 0].map(() => servers.start("127.0.0.1", 0, 5)));
  const keys = ports.map((port) => `127.0.0.1:${port}`);
  return compare(keys, async ({ dispatcher }) => {
    const flow = traffic(() => get(dispatcher, "http://users.internal"), 10, 5);
    await sleep(secondMs);
    await Promise.all(ports.map((port) => servers.stop("127.0.0.1", port)));
    await sleep(3 * secondMs);
    await Promise.all(ports.map((port) => servers.start("127.0.0.1", port, 5)));
    const back = performance.now();
    const row: Row = {};
    for (const second of [1, 5]) {
      await sleep((second - 0.5) * secondMs - (performance.now() - back));
      const before = await servers.counts();
      await sleep(secondMs * 0.5);
      row[`shares ${second} s after`] = shares(before, await servers.counts(), keys)
        .map(percent)
        .join(", ");
    }
    row["failed after the return"] = `${flow.failures.filter(({ at }) => at > back + 100).length}`;
    await flow.stop();
    return row;
  });
}

/** Four addresses, of which each is exchanged for another, one after the other; the server that left stays up a second. */
export async function exchange(servers: Servers, hosts: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const kind of ["agent", "balanced"] as const) {
    const port = await startSame(servers, 8, 5);
    const name = new Name(hosts);
    const there = [0, 1, 2, 3].map(loopback);
    name.point(there);
    const { name: client, dispatcher } = name[kind]();
    const flow = traffic(() => get(dispatcher, `http://${name.host}:${port}`), 20);
    await sleep(1_000);
    for (let i = 0; i < 4; i++) {
      const left = there[i] as string;
      there[i] = loopback(i + 4);
      name.point(there);
      // A TTL and a second.
      await sleep(2_000);
      await servers.stop(left, port);
    }
    await flow.stop();
    rows.push({ client, requests: `${flow.tookMs.length}`, failed: `${flow.failures.length}` });
    await dispatcher.close();
  }
  return rows;
}

async function compare(keys: readonly string[], run: (contender: Contender) => Promise<Row>): Promise<Row[]> {
  const rows: Row[] = [];
  for (const contender of overOrigins(keys.map((key) => `http://${key}`))) {
    rows.push({ client: contender.name, ...(await run(contender)) });
    await contender.dispatcher.destroy();
  }
  return rows;
}
