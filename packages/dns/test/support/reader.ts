/** Reads a discover as a balance does, and knows what it said. */
import type { Address } from "@bal/dns";
import type { Change, Discover } from "@bal/service";
import { onTestFinished } from "vitest";

export interface Reading {
  /** Each batch, as "+key" and "-key". */
  readonly batches: string[];
  /** What there is. */
  readonly known: Map<string, Address>;
  /** Resolves when the discover has been left. */
  leave(): Promise<void>;
}

export function read(discover: Discover<string, Address>): Reading {
  const iterator = discover[Symbol.asyncIterator]();
  const batches: string[] = [];
  const known = new Map<string, Address>();
  const take = (change: Change<string, Address>): string => {
    if (change.type === "insert") known.set(change.key, change.service);
    else known.delete(change.key);
    return `${change.type === "insert" ? "+" : "-"}${change.key}`;
  };
  const over = (async () => {
    for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
      batches.push(step.value.map(take).join(" "));
    }
  })();
  const leave = async () => {
    await iterator.return?.();
    await over;
  };
  onTestFinished(leave);
  return { batches, known, leave };
}
