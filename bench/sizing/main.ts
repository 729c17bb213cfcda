/** `pnpm sizing`: the rules of sizing side by side, each on the same arrivals and tasks. `--only <pattern>` for some of them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { staffing, towerSizing } from "@bal/pool";
import { fill } from "../tail/page.ts";
import { fixed } from "./fixed.ts";
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
  "| pattern | tower: wait | size | makes/min | staffing: wait | size | makes/min | wait × | size × | later: tower | staffing |",
  "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
];
const fixedLines = [
  "| pattern | within 1.3: size | wait × | a fifth of the wait: size | wait × | size × |",
  "| --- | --- | --- | --- | --- | --- |",
];
/** The largest fixed size that is tried. */
const most = 40;

/** For what misses a goal: the fixed size that the goal for the size allows, and the least that meets the one for the wait. */
function bestFixed(pattern: Pattern, tower: Figures): string {
  const tried = (size: number): { size: number; waitShare: number; sizeShare: number } => {
    const { meanWaitMs, meanSize } = mean(pattern, () => fixed(size));
    return { size, waitShare: meanWaitMs / tower.meanWaitMs, sizeShare: meanSize / tower.meanSize };
  };
  const allowed = tried(Math.floor(tower.meanSize * 1.3));
  let least = allowed.waitShare <= 0.2 ? tried(1) : allowed;
  while (least.waitShare > 0.2 && least.size < most) least = tried(least.size + 1);
  const size = least.waitShare > 0.2 ? `none; ${least.size}` : least.size;
  return `| ${pattern.name} | ${allowed.size} | ${allowed.waitShare.toFixed(2)} | ${size} | ${least.waitShare.toFixed(2)} | ${least.sizeShare.toFixed(2)} |`;
}

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
  if (waitShare > 0.2 || sizeShare > 1.3) {
    const best = bestFixed(whole, tower);
    fixedLines.push(best);
    process.stdout.write(`${best}\n`);
  }
}
if (values.only === "") {
  const file = join(process.env.BENCH_FOLDER ?? "bench", "sizing/results.md");
  const document = fill(readFileSync(file, "utf8"), "patterns", lines.join("\n"));
  writeFileSync(file, fill(document, "fixed", fixedLines.join("\n")));
}
