/** A size that never changes, as a rule: what a pattern allows to whoever knows its load beforehand, and adapts to nothing. */
import type { PoolLevels, Sizing } from "@bal/pool";

export function fixed(services: number): Sizing {
  const lacking = ({ size, making }: PoolLevels): number => Math.max(0, services - size - making);
  return { makeConcurrency: Infinity, begin: () => ({ level: 0, tickMs: 1_000, arrived: lacking, tick: lacking }) };
}
