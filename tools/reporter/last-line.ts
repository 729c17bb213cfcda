/** A vitest reporter whose last line is "N passed, N failed": files that cannot be loaded and stray errors are failures. */
import { writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestModule } from "vitest/node";

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Counts tests, and one failure for each module that did not load and each error that belongs to no test. */
export function tally(modules: readonly TestModule[], strayErrors: number): Tally {
  let passed = 0;
  let failed = strayErrors;
  let skipped = 0;
  for (const module of modules) {
    failed += module.errors().length;
    for (const test of module.children.allTests()) {
      const state = test.result().state;
      if (state === "passed") passed++;
      else if (state === "skipped") skipped++;
      else failed++;
    }
    for (const suite of module.children.allSuites()) failed += suite.errors().length;
  }
  return { passed, failed, skipped };
}

/** Prints the line, or hands the figures over in the file that BAL_TALLY names, for a caller that adds its own. */
export class LastLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const counts = tally(modules, errors.length);
    const file = process.env.BAL_TALLY;
    if (file) writeFileSync(file, JSON.stringify(counts));
    else process.on("exit", () => process.stdout.write(`${lastLine(counts)}\n`));
  }
}

export function lastLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
