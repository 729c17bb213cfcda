/** `pnpm bench:http-tail`: the tail on real sockets, ten server processes, one client, open loop, one server in trouble. */
import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { principal } from "../tail/algorithms.ts";
import { leastPending, p2cPeak } from "../tail/bal.ts";
import { quantile } from "../tail/measure.ts";
import { fill } from "../tail/page.ts";
import { exponential, seeded } from "../tail/random.ts";
import type { Scenario } from "../tail/scenario.ts";
import { simulate } from "../tail/simulate.ts";
import { type Contender, contenders } from "./contenders.ts";
import { type Mode, serve, slots, slowness } from "./server.ts";

const servers = 10;
/** So long that what the machine itself adds hardly counts. */
const meanMs = 50;
const load = 0.6;
const troubleFromMs = 4_000;
const modes = ["slow", "hangs", "fails"] as const;

interface Figures {
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** Share. */
  readonly errors: number;
  /** Of the work that the requests asked for: no queue, no network, no slow server. */
  readonly alone?: { readonly p99: number; readonly p999: number };
  /** How much later than due requests were sent, ms. */
  readonly lateP99?: number;
}

type Table = Record<string, Record<string, { readonly real?: Figures; readonly simulated?: Figures }>>;

const { values } = parseArgs({
  options: {
    server: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    page: { type: "boolean", default: false },
    only: { type: "string", default: ".*" },
  },
});

async function startServers(): Promise<{ children: ChildProcess[]; origins: string[] }> {
  const children = Array.from({ length: servers }, () => fork(process.argv[1]!, ["--server"]));
  const ports = children.map(
    (child) => new Promise<number>((resolve) => child.once("message", (said: { port: number }) => resolve(said.port))),
  );
  return { children, origins: (await Promise.all(ports)).map((port) => `http://127.0.0.1:${port}`) };
}

function figures(latencies: readonly number[], requests: number, failed: number): Figures {
  const sorted = Float64Array.from(latencies).sort();
  return {
    requests,
    p50: round(quantile(sorted, 0.5)),
    p99: round(quantile(sorted, 0.99)),
    p999: round(quantile(sorted, 0.999)),
    errors: round(failed / requests),
  };
}

const round = (value: number): number => Number(value.toPrecision(4));
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends at the times drawn, whatever the answers do; counts those sent during the trouble. */
async function run(contender: Contender, mode: Mode, troubleMs: number, seed: number): Promise<Figures> {
  const { children, origins } = await startServers();
  const { send, close } = contender.start(origins);
  const chance = seeded(seed, 1);
  const sizes = seeded(seed, 2);
  const rate = (load * servers * slots) / meanMs;
  const totalMs = troubleFromMs + troubleMs + 1_000;
  const latencies: number[] = [];
  const alone: number[] = [];
  const late: number[] = [];
  let requests = 0;
  let failed = 0;
  const flying = new Set<Promise<void>>();
  const begin = performance.now();
  // A slow server is slow all the time: what is asked is how well it is avoided, not how soon it is noticed.
  const trouble = setTimeout(() => children[0]!.send(mode), mode === "slow" ? 0 : troubleFromMs);
  const relief = setTimeout(() => children[0]!.send("well"), troubleFromMs + troubleMs);
  let due = exponential(chance, 1 / rate);
  while (due < totalMs) {
    await sleep(Math.max(0, Math.min(1, due - (performance.now() - begin))));
    for (let at = performance.now() - begin; due <= at; due += exponential(chance, 1 / rate)) {
      const counted = due >= troubleFromMs && due < troubleFromMs + troubleMs;
      const sentAt = performance.now();
      if (counted) late.push(sentAt - begin - due);
      const workMs = exponential(sizes, meanMs);
      if (counted) alone.push(workMs);
      const flight = send(workMs).then(
        ({ status }) => {
          if (!counted) return;
          requests += 1;
          if (status >= 500) failed += 1;
          else latencies.push(performance.now() - sentAt);
        },
        () => {
          if (!counted) return;
          requests += 1;
          failed += 1;
        },
      );
      flying.add(flight);
      void flight.then(() => flying.delete(flight));
    }
  }
  await Promise.all(flying);
  clearTimeout(trouble);
  clearTimeout(relief);
  await close();
  for (const child of children) child.disconnect();
  const work = figures(alone, requests, 0);
  return {
    ...figures(latencies, requests, failed),
    alone: { p99: work.p99, p999: work.p999 },
    lateP99: round(quantile(Float64Array.from(late).sort(), 0.99)),
  };
}

/** The same in the simulator. */
async function simulated(mode: Mode, troubleMs: number): Promise<Record<string, Figures>> {
  const scenario: Scenario = {
    id: `http-${mode}`,
    title: mode,
    group: "http",
    clients: 1,
    servers: Array.from({ length: servers }, () => ({ workers: slots })),
    load,
    meanMs,
    durationMs: troubleFromMs + troubleMs + 1_000,
    warmMs: 0,
    incident: { fromMs: troubleFromMs, toMs: troubleFromMs + troubleMs, server: 0 },
    script: ({ time, servers: [first] }) => {
      time.later(mode === "slow" ? 0 : troubleFromMs, () => {
        if (mode === "fails") first!.failsAfterMs = 0.5;
        else first!.speed = mode === "slow" ? 1 / slowness : 0;
      });
      time.later(troubleFromMs + troubleMs, () => {
        first!.failsAfterMs = undefined;
        first!.speed = 1;
      });
    },
  };
  const results: Record<string, Figures> = {};
  for (const algorithm of [...principal, leastPending, p2cPeak]) {
    const { incident } = await simulate(scenario, algorithm, 1);
    const { requests, p50, p99, p999, errors } = incident!;
    results[algorithm.name] = { requests, p50: round(p50), p99: round(p99), p999: round(p999), errors: round(errors) };
  }
  return results;
}

function text(table: Table): string {
  const lines: string[] = [];
  const what = { slow: `10 × slower`, hangs: "hangs", fails: "answers 500 at once" };
  for (const mode of modes) {
    const rows = table[mode];
    if (rows === undefined) continue;
    lines.push(`One of ten ${what[mode]}:`, "");
    lines.push(
      "| | p50 | p99 | p99.9 | errors | simulated: p99 | p99.9 | errors |",
      "| --- | --: | --: | --: | --: | --: | --: | --: |",
    );
    const cells = (each?: Figures): string[] =>
      each === undefined
        ? ["", "", ""]
        : [each.p99.toFixed(0), each.p999.toFixed(0), `${(100 * each.errors).toFixed(2)} %`];
    const titles = new Map([...principal, ...contenders].map(({ name, title }) => [name, title]));
    for (const [name, { real, simulated: sim }] of Object.entries(rows)) {
      lines.push(
        `| ${[titles.get(name) ?? name, real?.p50.toFixed(0) ?? "", ...cells(real), ...cells(sim)].join(" | ")} |`,
      );
    }
    const ours = rows["least-expected"]?.real;
    if (ours?.alone) {
      lines.push(`| the service time alone | | ${ours.alone.p99.toFixed(0)} | ${ours.alone.p999.toFixed(0)} | | | | |`);
    }
    lines.push("");
  }
  return lines.join("\n").trimEnd();
}

async function main(): Promise<void> {
  const bench = process.env.BENCH_FOLDER ?? "bench";
  const file = join(bench, "results/http-tail.json");
  let table: Table = {};
  try {
    table = JSON.parse(readFileSync(file, "utf8"));
  } catch {}
  if (!values.page) {
    const only = new RegExp(values.only);
    const troubleMs = values.quick ? 3_000 : 20_000;
    for (const mode of modes) {
      if (!only.test(mode)) continue;
      const rows: Table[string] = {};
      for (const contender of contenders) {
        const real = await run(contender, mode, troubleMs, 1);
        rows[contender.name] = { real };
        process.stdout.write(`${mode} ${contender.name.padEnd(16)} ${JSON.stringify(real)}\n`);
      }
      for (const [name, sim] of Object.entries(await simulated(mode, troubleMs))) {
        if (rows[name] !== undefined || name === "limit") rows[name] = { ...rows[name], simulated: sim };
      }
      table[mode] = rows;
      if (!values.quick) {
        mkdirSync(join(bench, "results"), { recursive: true });
        writeFileSync(file, `${JSON.stringify(table)}\n`);
      }
    }
    if (values.quick) return;
  }
  const page = join(bench, "../docs/tail-latency.md");
  writeFileSync(page, fill(readFileSync(page, "utf8"), "sockets", text(table)));
}

if (values.server) serve();
else await main();
