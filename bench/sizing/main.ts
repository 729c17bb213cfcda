/** `pnpm sizing`: the rules of sizing side by side, each on the same arrivals and tasks. `--only <pattern>` for some of them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { staffing, towerSizing } from "@bal/pool";
import { patterns } from "./patterns.ts";
import { type Figures, type Pattern, simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: { only: { type: "string", default: "" }, seeds: { type: "string", default: "2" } },
});
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => index + 1);

function mean(pattern: Pattern, sizing: () => ReturnType<typeof staffing>): Figures {
  const runs = seeds.map((seed) => simulate(pattern, sizing(), { seed }).figures);
  const of = (name: keyof Figures): number => runs.reduce((sum, run) => sum + run[name], 0) / runs.length;
  return {
    meanWaitMs: of("meanWaitMs"),
    p99WaitMs: of("p99WaitMs"),
    meanSize: of("meanSize"),
    makesPerMin: of("makesPerMin"),
    calls: of("calls"),
  };
}

const short = (n: number): string => (n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n.toPrecision(2));
const cell = ({ meanWaitMs, meanSize, makesPerMin }: Figures): string =>
  `${short(meanWaitMs)} | ${meanSize.toFixed(1)} | ${short(makesPerMin)}`;

const lines = [
  "From an empty pool on, as a process starts. Mean wait in ms, mean size, makes a minute; then tower's share of it, and",
  "the mean wait of both once the first minutes (five where a run is longer than an hour) are over.",
  "",
  "| pattern | tower: wait | size | makes/min | staffing: wait | size | makes/min | wait × | size × | later: tower | staffing |",
  "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
];
for (const pattern of patterns) {
  if (!pattern.name.includes(values.only)) continue;
  const whole = { ...pattern, warmMs: 0 };
  const [tower, ours] = [mean(whole, towerSizing), mean(whole, staffing)];
  const [later, oursLater] = [mean(pattern, towerSizing), mean(pattern, staffing)];
  const waitShare = ours.meanWaitMs / tower.meanWaitMs;
  const sizeShare = ours.meanSize / tower.meanSize;
  const mark = (share: number, limit: number): string =>
    share <= limit ? share.toFixed(2) : `**${share.toFixed(2)}**`;
  const line = `| ${pattern.name} | ${cell(tower)} | ${cell(ours)} | ${mark(waitShare, 0.2)} | ${mark(sizeShare, 1.3)} | ${short(later.meanWaitMs)} | ${short(oursLater.meanWaitMs)} |`;
  lines.push(line);
  process.stdout.write(`${line}\n`);
}
if (values.only === "") {
  const file = join(process.env.BENCH_FOLDER ?? "bench", "sizing/results.md");
  writeFileSync(file, `# Rules of sizing, side by side\n\n${lines.join("\n")}\n`);
}
