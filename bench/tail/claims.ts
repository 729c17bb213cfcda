/** What the page says that `least` with `expectedDelay` does, held against the figures. */
import type { Row } from "./rows.ts";

export interface Claim {
  readonly scenario: string;
  readonly what: string;
  readonly bound: string;
  readonly came: string;
  readonly ok: boolean;
  /** It does not hold, and the page says so. */
  readonly known: boolean;
}

/** Where something is known not to hold: see "What hurts it" on the page. */
const weak = new Set(["doubles", "pauses", "sparse-speeds", "sizes", "sizes-c1"]);

const ours = "least-expected";

/** Close enough to the limit that a rival who is there too is level. */
const level = 1.03;

export function claims(rows: readonly Row[]): Claim[] {
  const made: Omit<Claim, "known">[] = [];
  const known = new Set<string>();
  for (const row of rows) {
    const { scenario, results } = row;
    if (weak.has(scenario)) known.add(row.title);
    const its = results[ours]!;
    const limit = results.limit!;
    const claim = (what: string, came: number, most: number, digits = 1): void => {
      const ok = came <= most;
      made.push({ scenario: row.title, what, bound: `≤ ${most.toFixed(digits)}`, came: came.toFixed(digits), ok });
    };
    if (scenario === "tower") {
      claim("mean, worst of the seeds", its.worst.mean, 1.2, 2);
      claim("p99, worst of the seeds", its.worst.p99, 5, 2);
      continue;
    }
    const times = row.clients === 1 ? 1.1 : 1.6;
    claim(`p99, ${times} × the limit`, its.p99, times * limit.p99);
    for (const rival of ["tower", "prequal"] as const) {
      const theirs = results[rival]!;
      // Requests that fail at once relieve the servers of those that do not: the successes alone tell nothing then.
      if (theirs.errors > its.errors + 0.01) continue;
      for (const what of ["p99", "mean"] as const) {
        claim(
          `${what}, that of ${rival} or level with the limit`,
          its[what],
          Math.max(theirs[what], level * limit[what]),
          2,
        );
      }
    }
    if (scenario === "hangs") claim("p99.9 in the hang", its.p999, 80);
    if (scenario === "fails") claim("errors meanwhile, %", 100 * its.errors, 0.1, 3);
    if (scenario === "long-fails") claim("errors meanwhile, %", 100 * its.errors, 0.5, 3);
    if (
      its.back !== undefined &&
      ["slow", "fails", "hangs", "long-slow", "long-fails", "long-hangs"].includes(scenario)
    ) {
      const ok = its.back >= 0.05;
      made.push({
        scenario: row.title,
        what: "share when it is well again",
        bound: "≥ 5 %",
        came: `${(100 * its.back).toFixed(1)} %`,
        ok,
      });
    }
  }
  return made.map((claim) => ({ ...claim, known: !claim.ok && known.has(claim.scenario) }));
}
