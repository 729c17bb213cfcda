/** `pnpm bench:tail`: theory first, then the tables, the pictures and the page. See `--help`. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { principal } from "./algorithms.ts";
import { leastExpected } from "./bal.ts";
import { claims } from "./claims.ts";
import { page, type Results } from "./page.ts";
import { pictures } from "./pictures.ts";
import { type Row, row } from "./rows.ts";
import { scenarios, shorter } from "./scenarios.ts";
import { type Check, theory } from "./theory.ts";

const help = `pnpm bench:tail [--quick] [--only <pattern>] [--page]
  --quick  a tenth of the time, one seed, the principal algorithms; writes nothing, fails where a claim fails
  --only   only scenarios whose name matches; the others keep the figures that they have
  --page   only the pictures and the page, from bench/results/tail.json`;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    page: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const bench = process.env.BENCH_FOLDER ?? "bench";
const file = join(bench, "results/tail.json");

function old(): Results {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { theory: [], rows: [] };
  }
}

/** After every scenario, so that a run that is cut short is not lost. */
function save(results: Results): void {
  mkdirSync(join(bench, "results"), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results)}\n`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function sayTheory(checks: readonly Check[]): boolean {
  for (const { what, expected, measured, ok } of checks) {
    say(
      `${ok ? "ok " : "NOT"} ${what.padEnd(58)} ${expected.toFixed(3).padStart(9)} ${measured.toFixed(3).padStart(9)}`,
    );
  }
  return checks.every(({ ok }) => ok);
}

function sayRow({ title, results }: Row): void {
  say(title);
  for (const [name, { mean, p99, p999, errors, back }] of Object.entries(results)) {
    const figures = [mean, p99, p999].map((ms) => ms.toPrecision(4).padStart(10)).join("");
    say(
      `  ${name.padEnd(16)}${figures}${(100 * errors).toFixed(2).padStart(8)} %${back === undefined ? "" : `  back ${back}`}`,
    );
  }
}

async function measureAll(quick: boolean, only: RegExp, keep: (rows: readonly Row[]) => void): Promise<Row[]> {
  const rows: Row[] = [];
  for (const scenario of scenarios) {
    if (!only.test(scenario.id)) continue;
    const made = quick
      ? await row(shorter(scenario, 0.1), { seeds: 1, algorithms: principal })
      : await row(scenario, { seeds: 3 });
    if (scenario.id === "tower") {
      const { results } = await row(scenario, { seeds: quick ? 5 : 20, algorithms: [leastExpected] });
      rows.push({ ...made, results: { ...made.results, ...results } });
    } else rows.push(made);
    sayRow(rows.at(-1)!);
    keep(rows);
  }
  return rows;
}

async function main(): Promise<void> {
  if (values.help) return say(help);
  const before = old();
  const only = new RegExp(`^(${values.only || ".*"})$`);
  let results = before;
  if (!values.page) {
    const checks = values.only && !values.quick ? before.theory : await theory(values.quick ? 0.2 : 1);
    if (!sayTheory(checks)) process.exitCode = 1;
    await measureAll(values.quick, only, (rows) => {
      const kept = new Map([...before.rows, ...rows].map((each) => [each.scenario, each]));
      const known = scenarios.map(({ id }) => kept.get(id)).filter((each) => each !== undefined);
      results = { theory: checks, rows: values.quick ? rows : known };
      if (!values.quick) save(results);
    });
  }
  const judged = claims(results.rows);
  for (const { scenario, what, bound, came, ok, known } of judged) {
    if (!ok) say(`NOT ${scenario}: ${what}: ${came}, ${bound}${known ? " (known)" : ""}`);
    if (!ok && !known) process.exitCode = 1;
  }
  say(`${judged.filter(({ ok }) => ok).length} of ${judged.length} claims hold`);
  if (values.quick) return;
  pictures(results.rows, join(bench, "../docs/images"));
  page(results, join(bench, "../docs/tail-latency.md"));
}

await main();
