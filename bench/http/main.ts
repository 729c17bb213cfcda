/** `pnpm bench http`: what the adapters cost in front of one server, and what they win over ten of which one is slow. */
import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { serve, slots } from "../http-tail/server.ts";
import { quantile } from "../tail/measure.ts";
import { exponential, seeded } from "../tail/random.ts";
import { type Sender, senders } from "./dispatchers.ts";
import { serveTurns, throughput } from "./throughput.ts";

const { values } = parseArgs({
  options: {
    server: { type: "string" },
    client: { type: "string" },
    origin: { type: "string" },
    "throughput-only": { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    mean: { type: "string", default: "5" },
    seconds: { type: "string", default: "12" },
  },
});

export interface OpenLoopRow {
  readonly name: string;
  readonly requests: number;
  readonly errors: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

const servers = 10;
const load = 0.6;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function start(
  kind: "at-once" | "slots",
  count: number,
): Promise<{ children: ChildProcess[]; origins: string[] }> {
  const children = Array.from({ length: count }, () => fork(process.argv[1]!, ["--server", kind]));
  const ports = children.map(
    (child) => new Promise<number>((resolve) => child.once("message", (said: { port: number }) => resolve(said.port))),
  );
  return { children, origins: (await Promise.all(ports)).map((port) => `http://127.0.0.1:${port}`) };
}

/** Sends at the times drawn, whatever the answers do. The first quarter warms up. */
async function openLoop({ name, open }: Sender, meanMs: number, forMs: number): Promise<OpenLoopRow> {
  const { children, origins } = await start("slots", servers);
  children[0]!.send("slow");
  const dispatcher = open(origins);
  const rate = (load * servers * slots) / meanMs;
  const [chance, sizes] = [seeded(1, 1), seeded(1, 2)];
  const latencies: number[] = [];
  let errors = 0;
  const flying = new Set<Promise<void>>();
  const send = async (dueAt: number, counted: boolean): Promise<void> => {
    try {
      const { statusCode, body } = await dispatcher.request({
        origin: origins[0]!,
        path: "/",
        method: "GET",
        headers: { "x-work-ms": String(exponential(sizes, meanMs)) },
      });
      await body.dump();
      if (statusCode >= 500) throw new Error(`answered ${statusCode}`);
      if (counted) latencies.push(performance.now() - dueAt);
    } catch {
      if (counted) errors += 1;
    }
  };
  const begin = performance.now();
  let due = exponential(chance, 1 / rate);
  while (due < forMs) {
    await sleep(Math.max(0, Math.min(1, due - (performance.now() - begin))));
    for (let at = performance.now() - begin; due <= at && due < forMs; due += exponential(chance, 1 / rate)) {
      const flight = send(performance.now(), due > forMs / 4);
      flying.add(flight);
      void flight.then(() => flying.delete(flight));
    }
  }
  await Promise.race([Promise.all(flying), sleep(10_000)]);
  for (const child of children) child.disconnect();
  void dispatcher.close().catch(() => {});
  const sorted = Float64Array.from(latencies).sort();
  const [p50, p99, p999] = [0.5, 0.99, 0.999].map((q) => round(quantile(sorted, q))) as [number, number, number];
  return { name, requests: latencies.length + errors, errors, p50, p99, p999 };
}

const round = (value: number): number => Number(value.toPrecision(3));

async function main(): Promise<void> {
  const meanMs = Number(values.mean);
  const forMs = values.quick ? 1_000 : 1_000 * Number(values.seconds);
  process.stdout.write("\none server, 50 requests at once\n");
  const { children, origins } = await start("at-once", 1);
  const kinds = await throughput(
    origins[0]!,
    values.quick ? { casts: 1, rounds: 1, turnMs: 100 } : { casts: 3, rounds: 30, turnMs: 120 },
  );
  for (const child of children) child.disconnect();
  for (const { name, perSecond, share, p99, cpu } of kinds.flat()) {
    process.stdout.write(
      `${name.padEnd(44)}${String(perSecond).padStart(8)} /s${(100 * share).toFixed(1).padStart(8)} %`,
    );
    process.stdout.write(`   p99 ${p99} ms   CPU ${cpu} µs\n`);
  }
  const folder = join(process.env.BENCH_FOLDER ?? "bench", "results");
  const file = join(folder, "http.json");
  if (values["throughput-only"]) {
    if (values.quick) process.exit();
    const before = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, `${JSON.stringify({ ...before, throughput: kinds }, null, 2)}\n`);
    process.exit();
  }
  process.stdout.write(`\nten servers, one ten times slower, load 0.6, mean ${meanMs} ms\n`);
  const second: OpenLoopRow[] = [];
  for (const sender of values.quick ? senders.slice(-1) : senders) {
    const row = await openLoop(sender, meanMs, forMs);
    second.push(row);
    process.stdout.write(`${row.name.padEnd(44)} p50 ${row.p50}  p99 ${row.p99}  p99.9 ${row.p999} ms`);
    process.stdout.write(`  ${row.errors} errors of ${row.requests}\n`);
  }
  if (values.quick) process.exit();
  mkdirSync(folder, { recursive: true });
  const results = { meanMs, load, throughput: kinds, openLoop: second };
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  process.exit();
}

/** Answers as soon as it is asked. */
function serveAtOnce(): void {
  const server = createServer((_, response) => response.end("done"));
  server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
  process.on("disconnect", () => process.exit(0));
}

if (values.server === "slots") serve();
else if (values.server === "at-once") serveAtOnce();
else if (values.client !== undefined) serveTurns(values.client, values.origin ?? "");
else await main();
