// Which cases of a contract suite fail.

import type { ContractCase } from "@bal/service/testing";

export async function brokenCases(cases: readonly ContractCase[]): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const { name, run } of cases) {
    try {
      await run();
    } catch {
      broken.push(name);
    }
  }
  return broken;
}
