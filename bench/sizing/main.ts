/** `pnpm sizing`: the rules of sizing side by side, each on the same arrivals and tasks. `--only <pattern>` for some of them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { staffing, towerSizing } from "@bal/pool";
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
  "From an empty pool on, as a process starts. Mean wait in ms, mean size, makes a minute; then tower's share of it, and",
  "the mean wait of both once the first minutes (five where a run is longer than an hour) are over.",
  "",
  "| pattern | tower: wait | size | makes/min | staffing: wait | size | makes/min | wait × | size × | later: tower | staffing |",
  "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
];
/** For what misses a goal: the fixed size that the goal for the size allows, and the least that meets the one for the wait. */
const most = 40;
const fixedLines = [
  "",
  "Where staffing misses a goal: the largest fixed size within 1.3 times tower's, and the smallest that waits a fifth as long",
  `(${most} tried at most). A fixed size knows the load beforehand; both shares are of tower's.`,
  "",
  "| pattern | within 1.3: size | wait × | a fifth of the wait: size | wait × | size × |",
  "| --- | --- | --- | --- | --- | --- |",
];
const notes = `
What of it can be met, by argument from these figures, and what was tried in the same simulation and not kept:

- 0.2 busy: not by a rule that makes seldom. A make takes five tasks, so that who is busy when it ends has next to nothing
  to do with who was when it began (e^-5): such a rule can but share its time between sizes. Two for 0.4 of the time and
  three for 0.6 is 1.3 times tower's size, and waits 0.4 · 0.71 + 0.6 · 0.05 = 0.32 as long.
- Makes of 5 s, of 2 s: can be met, by a smaller reserve (a fixed size does it for the steady load). But with makes of 50 ms
  the same steady load needs the larger reserve, so that the rule must know how long makes take. One that learnt it from
  how long makes are seen under way, and kept half the reserve where a make takes 80 tasks, met both (0.15 at 1.30,
  0.01 at 1.24; what each waits, at its size). To it a make that fails and is tried again looks like a slow one: its
  reserve was gone when the makes of the outage no longer failed, and it waited 2.8 times as long as tower's rule there.
- Spikes, makes of 1 s: only by who knows when the next comes. A spike is over when the first make that it asks for is
  done. With 9 services before it (9.4 are 1.3 times tower's) 1,100 calls wait at its end, 550 s in all by then; a fifth
  of tower's wait is 557 s for the 4,800 calls of a period. What is left for serving the 1,100 is 7 s: over 800 services.
- No make succeeds for 10 s of 50: not shown to be impossible, but close to it. A fixed size of 32, more than the peaks of
  the load need, waits 0.19: it lets none go, so that this is the start, when nothing was ever made and the pool pauses
  after each failure. The goal leaves 0.01 for the outages that follow, at two thirds of that size. How long the pauses
  are is chance: over seeds 3 to 6 staffing waits 0.59 times tower's figure above.

What few makes cost: staffing before kept R + 2.6·√R, one more when a call waited, and let go what was half a service too many. It met the same
18 and made 24 a minute at 5 busy, 107 at 50 busy, 95 on spikes of 2 to 20 busy. It waited less at 0.2 busy (0.23 at 1.44), on
spikes with makes of 1 s (0.25 at 2.38) and in the outages of these seeds (0.59; over seeds 3 to 6 as long), and was smaller where makes take 5 s (2.03) or 2 s (1.48).
`;
function bestFixed(pattern: Pattern, tower: Figures): string {
  const wait = (figures: Figures): number => figures.meanWaitMs / tower.meanWaitMs;
  const allowed = Math.floor(tower.meanSize * 1.3);
  const within = wait(mean(pattern, () => fixed(allowed)));
  let [size, step] = [within <= 0.2 ? 1 : allowed, 1];
  let met = mean(pattern, () => fixed(size));
  while (wait(met) > 0.2 && size < most) {
    size = Math.min(most, size + step);
    if (size >= 20) step = 5;
    met = mean(pattern, () => fixed(size));
  }
  return `| ${pattern.name} | ${allowed} | ${within.toFixed(2)} | ${wait(met) > 0.2 ? `none; ${size}` : size} | ${wait(met).toFixed(2)} | ${(met.meanSize / tower.meanSize).toFixed(2)} |`;
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
  writeFileSync(file, `# Rules of sizing, side by side\n\n${[...lines, ...fixedLines].join("\n")}\n${notes}`);
}
