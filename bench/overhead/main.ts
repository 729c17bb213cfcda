/** `pnpm bench overhead`: what bal and tower add to a request, window against window in the same run. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "../tower/build.ts";
import { reference } from "../tower/reference.ts";
import { type Command, duel } from "./duel.ts";
import type { LoadName, PickerName } from "./kinds.ts";
import { type Job, play, type Shape } from "./player.ts";
import { goalOf, type Row, table } from "./rows.ts";

const { values } = parseArgs({
  options: {
    player: { type: "string" },
    quick: { type: "boolean", default: false },
    "without-tower": { type: "boolean", default: false },
    rounds: { type: "string" },
    shape: { type: "string", default: ".*" },
    load: { type: "string", default: ".*" },
    sizes: { type: "string", default: "2,10,100,1000,10000,100000,1000000" },
  },
});

const kinds: readonly (readonly [LoadName, PickerName])[] = [
  ["constant", "p2c"],
  ["pending", "p2c"],
  ["pending", "p2c5"],
  ["pending", "least"],
  ["peak", "p2c"],
  ["peak", "least"],
  ["expected", "p2c"],
  ["expected", "least"],
];

/** Those that have a goal: what all shapes but the plain loop are measured with. */
const principal = kinds.filter(([load, picker]) => picker === (load === "expected" ? "least" : "p2c"));

function jobs(): Job[] {
  const made: Job[] = [];
  const add = (shape: Shape, endpoints: number, requests: number, some: typeof kinds = principal): void => {
    for (const [load, picker] of some) made.push({ shape, load, picker, endpoints, requests });
  };
  const sizes = values.sizes.split(",").map(Number);
  for (const size of sizes) add("plain", size, size > 10_000 ? 10_000 : 2_000, size > 100_000 ? principal : kinds);
  for (const size of sizes) if (size <= 100_000) add("flight", size, 2_000);
  for (const size of sizes) if (size > 2 && size <= 100_000) add("churn", size, 1_000);
  for (const size of sizes) if (size >= 1_000 && size <= 100_000) add("build", size, size);
  for (const size of [10_000, 100_000]) add("heap", size, 1);
  for (const waiting of [100, 10_000]) add("queue", 1, waiting, kinds.slice(1, 2));
  for (const waiting of [100, 10_000]) add("abort", 1, waiting, kinds.slice(1, 2));
  const [shape, load] = [new RegExp(`^(${values.shape})$`), new RegExp(`^(${values.load})$`)];
  return made.filter((job) => shape.test(job.shape) && load.test(job.load));
}

/** tower has no expected delay; its peak EWMA stands against it. It has no queue either. */
function towersLoad({ shape, load }: Job): LoadName | undefined {
  if (!["plain", "flight", "churn", "build"].includes(shape)) return undefined;
  return load === "expected" ? "peak" : load;
}

async function main(): Promise<void> {
  const bench = process.env.BENCH_FOLDER ?? "bench";
  const left = { missing: "left out" };
  const release = values["without-tower"] ? left : build(bench, "release");
  const tuned = "missing" in release ? release : build(bench, "tuned");
  if ("missing" in release)
    process.stdout.write(`tower: ${release.missing}; figures marked * are from another machine\n`);
  const rows: Row[] = [];
  for (const job of jobs()) {
    const flags = ["--expose-gc", "--max-old-space-size=8192"];
    const commands: Command[] = [
      { file: process.execPath, args: [...flags, process.argv[1]!, "--player", JSON.stringify(job)] },
    ];
    const load = towersLoad(job);
    if (load !== undefined) {
      const args = [job.shape, load, String(job.endpoints), String(job.requests)];
      for (const built of job.shape === "plain" ? [release, tuned] : [release])
        if ("file" in built) commands.push({ file: built.file, args });
    }
    const large = job.endpoints >= 100_000 || !["plain", "flight", "churn"].includes(job.shape);
    const rounds = values.rounds === undefined ? (values.quick ? 1 : 5) : Number(values.rounds);
    const [ours, theirs, theirTuned] = await duel(commands, rounds, values.quick ? 2 : large ? 4 : 40);
    const known = load === undefined ? undefined : reference(job.shape, load, job.endpoints);
    const row: Row = {
      ...job,
      bare: round(ours!.bare),
      bal: round(ours!.added),
      ...(theirs !== undefined ? { tower: round(theirs.added) } : known !== undefined ? { reference: known } : {}),
      ...(theirTuned !== undefined ? { tuned: round(theirTuned.added) } : {}),
    };
    rows.push(row);
    if (!values.quick) save(bench, rows);
    process.stdout.write(`${table([row], rows.length === 1 || rows.at(-2)?.shape !== row.shape)}\n`);
  }
  const missed = rows.filter((row) => goalOf(row)?.met === false);
  process.stdout.write(`${rows.filter((row) => goalOf(row)?.met).length} goals met, ${missed.length} missed\n`);
}

/** After every row, so that a run that is cut short is not lost. */
function save(bench: string, rows: readonly Row[]): void {
  const file = join(bench, "results/overhead.json");
  const key = ({ shape, load, picker, endpoints, requests }: Row): string =>
    [shape, load, picker, endpoints, shape === "queue" || shape === "abort" ? requests : ""].join();
  const kept = new Map([...old(file), ...rows].map((row) => [key(row), row]));
  mkdirSync(join(bench, "results"), { recursive: true });
  writeFileSync(file, `${JSON.stringify([...kept.values()], null, 2)}\n`);
}

const round = (ns: number): number => Math.round(10 * ns) / 10;

function old(file: string): Row[] {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return [];
  }
}

if (values.player !== undefined) await play(JSON.parse(values.player));
else await main();
