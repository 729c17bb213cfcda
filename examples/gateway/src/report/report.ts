// Writes the report of a comparison: one HTML file with the figures, the plots, and what to make of them.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { quantiles, type StrategyResult } from "../compare/result.ts";
import { maxima } from "../fleet/latencies.ts";
import { ms } from "../terminal/table.ts";
import { escaped, page } from "./inline.ts";

export interface ReportFacts {
  readonly results: readonly StrategyResult[];
  /** Names of the servers, in the order of the shares. */
  readonly servers: readonly string[];
  readonly seed: number;
  readonly rate: number;
  readonly durationMs: number;
  readonly serverConcurrency: number;
}

/** Returns the path of the file. */
export async function writeReport(file: string, facts: ReportFacts): Promise<string> {
  const path = resolve(file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, report(facts));
  return path;
}

export function report(facts: ReportFacts): string {
  const { results, servers, seed, rate, durationMs, serverConcurrency } = facts;
  // On average it takes half of its longest.
  const slowestS = (Math.max(...maxima) - 1) / 2_000;
  const body = `<main>
<header>
<h1>One gateway, ${servers.length} servers, ${results.length === 1 ? "one way" : `${results.length} ways`} to balance</h1>
<p class="lead">${headline(results)}</p>
<p class="facts">Real HTTP requests over loopback: Poisson arrivals, ${rate} a second for ${durationMs / 1000} s, the same
for every strategy (seed ${seed}). Each server works on at most ${serverConcurrency} requests at once, the others wait in line there.
Round robin asks each server for
${(rate / servers.length).toFixed(0)} a second; the slowest can do about ${(serverConcurrency / slowestS).toFixed(0)}.
A latency begins at the scheduled arrival and ends with the last byte of the answer, so no delay is left out.</p>
</header>
<section><h2>Figures</h2><div class="scroll"><table id="figures"></table></div></section>
<section><h2>Latency by percentile</h2>
<p>How many requests were answered within how many milliseconds: further right are the slower ones. Both axes are logarithmic; lower is better.</p>
<div class="plot" id="latency"></div></section>
<section><h2>Who got the requests</h2>
<p>Share of each server, from the fastest to the slowest (its time per request in ms). The dashed line is an equal share.</p>
<div class="plot" id="shares"></div></section>
<section><h2>Load over time</h2>
<p>Requests in flight on each server while the traffic ran, on one scale for all strategies. A line that climbs is a line of requests that wait.</p>
<div class="keys" id="servers"></div>
<div class="grid" id="load"></div></section>
<footer>Made by bal's gateway example: <code>npm start</code>.</footer>
</main>
<noscript>The plots need JavaScript; nothing is loaded from elsewhere.</noscript>`;
  const data = { results, servers, quantiles };
  return page({ title: "bal: strategies compared", style: "report.css", script: "report.js", body, data });
}

/** The best tail against round robin's, in one sentence. */
function headline(results: readonly StrategyResult[]): string {
  const base = results.find(({ id }) => id === "round-robin");
  const [best] = results.filter((result) => result !== base).sort((a, b) => a.p99 - b.p99);
  if (base === undefined || best === undefined) return "The figures of this run.";
  const times = base.p99 / best.p99;
  return `99 of 100 requests were answered within <strong>${time(best.p99)}</strong> by ${escaped(best.title)}, and within
<strong>${time(base.p99)}</strong> by ${escaped(base.title)}${times >= 1.5 ? `: ${times >= 10 ? times.toFixed(0) : times.toFixed(1)} times as long` : ""}.`;
}

/** With its unit, which stays on the same line. */
function time(value: number): string {
  return value < 1_000 ? `${ms(value)}\u00a0ms` : `${ms(value / 1_000)}\u00a0s`;
}
