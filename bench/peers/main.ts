/** `pnpm bench peers`: nanoseconds to pick, begin and end, at ten to ten thousand endpoints, all free or one free. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median } from "../overhead/duel.ts";
import { choosers } from "./choosers.ts";

export interface PeerRow {
  readonly name: string;
  readonly knows: string;
  /** "free" or "one free" */
  readonly state: string;
  /** ns by number of endpoints; null where it has no such state. */
  readonly ns: Readonly<Record<number, number | null>>;
}

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    one: { type: "string" },
    sizes: { type: "string", default: "10,100,1000,10000" },
  },
});
const sizes = values.sizes.split(",").map(Number);

/** The median of windows of about half a millisecond; the first tenth warms up. */
function measure(step: () => void): number {
  let count = 1;
  for (let ms = 0; ms < 0.5 && count < 1e6; count *= 2) ms = window(step, count);
  const windows = Array.from({ length: values.quick ? 5 : 150 }, () => window(step, count) / count);
  return median(windows.slice(windows.length / 10)) * 1e6;
}

function window(step: () => void, count: number): number {
  const begin = performance.now();
  for (let index = 0; index < count; index += 1) step();
  return performance.now() - begin;
}

/** The median of three processes. */
function ofThree(name: string, size: number, oneFree: boolean): number | null {
  const runs = Array.from({ length: values.quick ? 1 : 3 }, () => alone(name, size, oneFree));
  return runs.includes(null) ? null : median(runs as number[]);
}

/** In a process of its own, so that none meets code that another has made slow. */
function alone(name: string, size: number, oneFree: boolean): number | null {
  const asked = JSON.stringify({ name, size, oneFree });
  const flags = values.quick ? ["--quick"] : [];
  const { stdout } = spawnSync(process.execPath, [process.argv[1]!, "--one", asked, ...flags], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return stdout.trim() === "" ? null : Number(stdout);
}

function main(): void {
  const rows: PeerRow[] = [];
  for (const oneFree of [false, true]) {
    const state = oneFree ? "one free" : "free";
    process.stdout.write(`\nns to pick, begin and end, ${state}\n${"".padEnd(34)}${sizes.map(column).join("")}\n`);
    for (const { name, knows } of choosers) {
      const ns = Object.fromEntries(sizes.map((size) => [size, ofThree(name, size, oneFree)]));
      rows.push({ name, knows, state, ns });
      process.stdout.write(`${name.padEnd(34)}${sizes.map((size) => column(ns[size])).join("")}  ${knows}\n`);
    }
  }
  if (values.quick) return;
  const folder = join(process.env.BENCH_FOLDER ?? "bench", "results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "peers.json"), `${JSON.stringify(rows, null, 2)}\n`);
}

function column(value: number | null | undefined): string {
  const text = value == null ? "" : value < 10 ? value.toFixed(1) : value.toFixed(0);
  return text.padStart(10);
}

if (values.one === undefined) main();
else {
  const { name, size, oneFree } = JSON.parse(values.one);
  const step = choosers.find((each) => each.name === name)?.prepare(size, oneFree);
  if (step !== undefined) process.stdout.write(String(measure(step)));
  process.exit();
}
