// The figures of a comparison as a table of plain text.

import type { StrategyResult } from "../compare/result.ts";

/** One row a strategy, and one a strategy again for the shares. Columns are as wide as what is in them. */
export function table(results: readonly StrategyResult[], endpoints: readonly string[]): string {
  const figures = [
    ["strategy", "requests", "errors", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms"],
    ...results.map((result) => [
      result.title,
      String(result.requests),
      String(result.errors),
      ...[result.p50, result.p90, result.p99, result.p999].map(ms),
    ]),
  ];
  const shares = [
    ["share %", ...endpoints],
    ...results.map((result) => [result.title, ...result.shares.map((share) => (share * 100).toFixed(1))]),
  ];
  return `${columns(figures)}\n\n${columns(shares)}`;
}

/** Three figures, no more. */
export function ms(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  const [head = [], ...rest] = rows;
  return [line(head), widths.map((width) => "─".repeat(width)).join("──"), ...rest.map(line)].join("\n");
}
