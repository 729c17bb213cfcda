/** Writes the figures into docs/tail-latency.md, between the marks; the words around them are written by hand. */
import { readFileSync, writeFileSync } from "node:fs";
import { titles } from "./algorithms.ts";
import { claims } from "./claims.ts";
import { plates } from "./pictures.ts";
import type { Cell, Row } from "./rows.ts";
import type { Check } from "./theory.ts";

export interface Results {
  readonly theory: readonly Check[];
  readonly rows: readonly Row[];
}

const heads = ["round-robin", "p2c-pending", "tower", "prequal", "c3", "least-expected", "limit"] as const;
const parts = [
  "p2c-peak",
  "p2c-expected",
  "p3c-expected",
  "p5c-expected",
  "least-pending",
  "least-peak",
  "least-expected",
] as const;

/** Puts `text` between `<!-- name -->` and `<!-- /name -->`. */
export function fill(document: string, name: string, text: string): string {
  const open = `<!-- ${name} -->`;
  const close = `<!-- /${name} -->`;
  const from = document.indexOf(open);
  const to = document.indexOf(close);
  if (from < 0 || to < from) throw new Error(`the page has no room for "${name}"`);
  return `${document.slice(0, from + open.length)}\n\n${text}\n\n${document.slice(to)}`;
}

export function page({ theory, rows }: Results, file: string): void {
  let document = readFileSync(file, "utf8");
  document = fill(document, "theory", theoryTable(theory));
  document = fill(
    document,
    "p99",
    table(rows, heads, (cell) => ms(cell.p99)),
  );
  document = fill(
    document,
    "mean",
    table(rows, heads, (cell) => ms(cell.mean)),
  );
  document = fill(
    document,
    "p999",
    table(
      rows.filter(({ incident }) => incident),
      heads,
      (cell) => ms(cell.p999),
    ),
  );
  document = fill(
    document,
    "errors",
    table(
      rows.filter(({ scenario }) => /fails|doomed/.test(scenario)),
      heads,
      errors,
    ),
  );
  document = fill(document, "back", table(rows.filter(troubled), heads, back));
  document = fill(
    document,
    "parts",
    table(rows, parts, (cell) => ms(cell.p99)),
  );
  document = fill(document, "claims", claimTable(rows));
  for (const { name } of plates) document = fill(document, name, picture(name));
  document = fill(document, "tail-shares", picture("tail-shares"));
  writeFileSync(file, document);
}

const troubled = ({ scenario }: Row): boolean => /^(long-)?(slow|fails|hangs)$/.test(scenario);

function ms(value: number): string {
  if (value >= 100_000) return `${Math.round(value / 1_000)} s`;
  if (value >= 1_000) return value.toFixed(0);
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function errors(cell: Cell): string {
  return `${(100 * cell.errors).toFixed(2)} %`;
}

function back(cell: Cell): string {
  return cell.back === undefined ? "" : `${(100 * cell.back).toFixed(1)} %`;
}

function table(rows: readonly Row[], names: readonly string[], show: (cell: Cell) => string): string {
  const lines = [
    `| scenario | ${names.map((name) => titles.get(name)).join(" | ")} |`,
    `| --- | ${names.map(() => "--:").join(" | ")} |`,
  ];
  for (const { title, results } of rows) {
    const cells = names.map((name) => (results[name] === undefined ? "" : show(results[name])));
    lines.push(`| ${title} | ${cells.join(" | ")} |`);
  }
  return lines.join("\n");
}

function theoryTable(checks: readonly Check[]): string {
  const lines = [
    "| what | known from | expected | simulated | off by | tolerance |",
    "| --- | --- | --: | --: | --: | --: |",
  ];
  for (const { what, source, expected, measured, tolerance } of checks) {
    const off = `${(100 * (measured / expected - 1)).toFixed(1)} %`;
    lines.push(
      `| ${what} | ${source} | ${expected.toPrecision(4)} | ${measured.toPrecision(4)} | ${off} | ${(100 * tolerance).toFixed(0)} % |`,
    );
  }
  return lines.join("\n");
}

function claimTable(rows: readonly Row[]): string {
  const made = claims(rows);
  const failed = made.filter(({ ok }) => !ok);
  const lines = [`${made.length - failed.length} of ${made.length} hold.`];
  if (failed.length > 0) {
    lines.push("", "| does not hold | what | bound | came |", "| --- | --- | --: | --: |");
    for (const { scenario, what, bound, came } of failed) lines.push(`| ${scenario} | ${what} | ${bound} | ${came} |`);
  }
  return lines.join("\n");
}

function picture(name: string): string {
  return [
    "<picture>",
    `  <source media="(prefers-color-scheme: dark)" srcset="images/${name}-dark.svg">`,
    `  <img src="images/${name}-light.svg" alt="${alts[name] ?? name}">`,
    "</picture>",
  ].join("\n");
}

const alts: Readonly<Record<string, string>> = {
  "tail-queues": "Latency by percentile, log scale: tower's example, ten servers, servers of unlike speed",
  "tail-incidents": "Latency by percentile during incidents, log scale",
  "tail-everyday": "Latency by percentile, log scale: a hundred servers, antagonists, pauses, errors everywhere",
  "tail-searched": "Latency by percentile, log scale: scenarios that might hurt",
  "tail-shares": "Share of the requests that the troubled server gets, second by second",
};
