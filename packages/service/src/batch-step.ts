// What a feed of changes hands to its reader.

import type { Change } from "./discover.ts";

export type Batch<K, S> = readonly Change<K, S>[];

/** The batch; where it is empty the end, or, as long as there may be more, nothing yet. */
export function batchStep<K, S>(
  value: Batch<K, S>,
  ended: boolean,
): IteratorResult<Batch<K, S>, undefined> | undefined {
  if (value.length > 0) return { done: false, value };
  return ended ? { done: true, value: undefined } : undefined;
}
