/** `pnpm bench page`: the figures of overhead, peers and http into bench/results.json, docs/performance.md and its pictures. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OpenLoopRow } from "../http/main.ts";
import type { ThroughputRow } from "../http/throughput.ts";
import type { PeerRow } from "../peers/main.ts";
import { fill } from "../tail/page.ts";
import { pictures } from "./pictures.ts";
import type { Shape } from "./player.ts";
import { goalOf, type Row } from "./rows.ts";

const bench = process.env.BENCH_FOLDER ?? "bench";

function read<T>(name: string, none: T): T {
  const file = join(bench, "results", `${name}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : none;
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, index) => (index === 0 ? "---" : "--:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const titles: Readonly<Record<string, string>> = {
  constant: "constant",
  pending: "pending",
  peak: "peak EWMA",
  expected: "expected delay",
  p2c: "P2C",
  p2c5: "P2C of 5",
  least: "least",
};

const count = (value: number): string => value.toLocaleString("en");
const ns = (value: number | undefined): string => (value === undefined ? "" : value.toFixed(0));

function against(rows: readonly Row[], shape: Shape): string {
  return markdown(
    ["load, picker", "endpoints", "bal", "tower", "bal / tower", "tower tuned", "goal"],
    rows
      .filter((row) => row.shape === shape)
      .map((row) => {
        const theirs = row.tower ?? row.reference;
        const goal = goalOf(row);
        return [
          `${titles[row.load]}, ${titles[row.picker]}`,
          count(row.endpoints),
          ns(row.bal),
          `${ns(theirs)}${row.tower === undefined && theirs !== undefined ? "*" : ""}`,
          theirs === undefined ? "" : (row.bal / theirs).toFixed(2),
          ns(row.tuned),
          goal === undefined ? "" : `${goal.met ? "" : "missed: "}≤ ${ns(goal.most)}`,
        ];
      }),
  );
}

function alone(rows: readonly Row[]): string {
  const what: Partial<Record<Shape, string>> = {
    heap: "heap beyond the service and its load, bytes an endpoint",
    queue: "a call that waits in the queue, ns",
    abort: "a call that is aborted in the queue, ns",
  };
  return markdown(
    ["what", "load, picker", "size", "came", "goal"],
    rows
      .filter(({ shape }) => what[shape] !== undefined)
      .map((row) => {
        const goal = goalOf(row);
        return [
          what[row.shape]!,
          `${titles[row.load]}, ${titles[row.picker]}`,
          row.shape === "heap" ? `${count(row.endpoints)} endpoints` : `${count(row.requests)} waiting`,
          ns(row.bal),
          goal === undefined ? "" : `${goal.met ? "" : "missed: "}≤ ${ns(goal.most)}`,
        ];
      }),
  );
}

function peers(rows: readonly PeerRow[], state: string): string {
  const some = rows.filter((row) => row.state === state && Object.values(row.ns).some((each) => each !== null));
  const sizes = Object.keys(some[0]?.ns ?? {}).map(Number);
  return markdown(
    [`ns a choice, ${state}`, ...sizes.map(count), "what it knows"],
    some.map(({ name, ns: by, knows }) => [
      name,
      ...sizes.map((size) => (by[size] == null ? "" : count(Number(by[size].toPrecision(2))))),
      knows,
    ]),
  );
}

function main(): void {
  const overhead = read<Row[]>("overhead", []).sort((a, b) => a.endpoints - b.endpoints);
  const order = Object.keys(titles);
  overhead.sort(
    (a, b) => order.indexOf(a.load) - order.indexOf(b.load) || order.indexOf(a.picker) - order.indexOf(b.picker),
  );
  const peerRows = read<PeerRow[]>("peers", []);
  const http = read<{ meanMs: number; throughput: ThroughputRow[][]; openLoop: OpenLoopRow[] }>("http", {
    meanMs: 0,
    throughput: [],
    openLoop: [],
  });
  const judged = overhead.map(goalOf).filter((goal) => goal !== undefined);
  const file = join(bench, "../docs/performance.md");
  let document = readFileSync(file, "utf8");
  for (const shape of ["plain", "flight", "churn", "build"] as const) {
    document = fill(document, shape, against(overhead, shape));
  }
  document = fill(document, "alone", alone(overhead));
  document = fill(document, "goals", `${judged.filter(({ met }) => met).length} of ${judged.length} goals are met.`);
  document = fill(document, "peers", `${peers(peerRows, "free")}\n\n${peers(peerRows, "one free")}`);
  document = fill(
    document,
    "throughput",
    markdown(
      ["client", "requests a second", "of the first's", "p99, ms", "CPU, µs a request"],
      http.throughput
        .flat()
        .map((row) => [
          row.name,
          count(row.perSecond),
          `${(100 * row.share).toFixed(0)} %`,
          String(row.p99),
          String(row.cpu),
        ]),
    ),
  );
  document = fill(
    document,
    "http",
    markdown(
      [`mean ${http.meanMs} ms`, "p50", "p99", "p99.9", "errors"],
      http.openLoop.map((row) => [row.name, String(row.p50), String(row.p99), String(row.p999), String(row.errors)]),
    ),
  );
  writeFileSync(file, document);
  writeFileSync(join(bench, "results.json"), `${JSON.stringify({ overhead, peers: peerRows, http }, null, 2)}\n`);
  pictures(overhead, http.openLoop, join(bench, "../docs/images"));
}

main();
