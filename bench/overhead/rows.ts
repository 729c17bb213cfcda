/** A row of the measurement, what it has to reach, and how it is printed. */
import type { Job } from "./player.ts";

export interface Row extends Job {
  /** The same request without a balancer, ns. */
  readonly bare: number;
  /** What bal adds: ns a request (plain, flight, churn, queue, abort), ns or bytes an endpoint (build, heap). */
  readonly bal: number;
  /** What tower adds, as cargo's release profile builds it, in the same run. */
  readonly tower?: number;
  /** The same tuned: fat LTO, one unit, no unwinding. */
  readonly tuned?: number;
  /** Where tower could not be built: what it cost elsewhere. */
  readonly reference?: number;
}

export interface Goal {
  readonly most: number;
  readonly met: boolean;
}

/** The most that bal may add; undefined for rows that have no goal. */
export function goalOf(row: Row): Goal | undefined {
  const { shape, load, picker, endpoints } = row;
  if (shape === "heap") return goal(row, 160);
  if (shape === "build") return endpoints === 100_000 ? goal(row, 400) : undefined;
  const theirs = row.tower ?? row.reference;
  const ours = load === "expected" ? picker === "least" : picker === "p2c";
  // At a million the goal of expected delay is twice its own cost at ten, which one row does not know.
  if (theirs === undefined || !ours || endpoints < 10 || (load === "expected" && endpoints > 100_000)) return undefined;
  if (shape === "flight") return goal(row, theirs * (load === "peak" && endpoints > 10_000 ? 0.8 : 0.6));
  if (shape === "churn") return goal(row, theirs * 2);
  if (shape !== "plain") return undefined;
  const [at100k, at1m] = { constant: [0.5, 0.5], pending: [0.5, 0.5], peak: [0.8, 1], expected: [0.2, 0.2] }[load] as [
    number,
    number,
  ];
  return goal(row, theirs * (endpoints <= 10_000 ? 0.5 : endpoints <= 100_000 ? at100k : at1m));
}

function goal({ bal }: Row, most: number): Goal {
  return { most, met: bal <= most };
}

const head = ["", "load", "picker", "endpoints", "bare", "bal", "tower", "ratio", "tuned", "ratio", "goal"];
const widths = [8, 10, 7, 10, 8, 8, 8, 7, 8, 7, 12];

export function table(rows: readonly Row[], withHead: boolean): string {
  const lines = withHead ? ["", line(head)] : [];
  for (const row of rows) {
    const { tower = row.reference, tuned } = row;
    const wanted = goalOf(row);
    const size = row.shape === "queue" || row.shape === "abort" ? `${row.requests} wait` : String(row.endpoints);
    lines.push(
      line([
        row.shape,
        row.load,
        row.picker,
        size,
        row.bare.toFixed(0),
        row.bal.toFixed(0),
        tower === undefined ? "" : `${tower.toFixed(0)}${row.tower === undefined ? "*" : ""}`,
        tower === undefined ? "" : (row.bal / tower).toFixed(2),
        tuned === undefined ? "" : tuned.toFixed(0),
        tuned === undefined ? "" : (row.bal / tuned).toFixed(2),
        wanted === undefined ? "" : `${wanted.met ? "" : "NOT "}≤ ${wanted.most.toFixed(0)}`,
      ]),
    );
  }
  return lines.join("\n");
}

function line(cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index < 3 ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!)))
    .join(" ");
}
