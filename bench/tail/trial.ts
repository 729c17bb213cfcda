/** Tries one form of a load: `BENCH_LOAD=… node run.mjs tail/trial.ts <pattern>` prints mean, p99 and p99.9 of `least` with it. */
import { leastExpected } from "./bal.ts";
import { row } from "./rows.ts";
import { scenarios } from "./scenarios.ts";

const only = new RegExp(`^(${process.argv[2] ?? ".*"})$`);
const seeds = Number(process.argv[3] ?? 1);
for (const scenario of scenarios) {
  if (!only.test(scenario.id)) continue;
  const { results } = await row(scenario, { seeds, algorithms: [leastExpected] });
  const { mean, p99, p999, errors, back } = results["least-expected"]!;
  const figures = [mean, p99, p999, 100 * errors, back ?? 0].map((each) => String(each).padStart(10));
  process.stdout.write(`${scenario.id.padEnd(20)}${figures.join("")}\n`);
}
