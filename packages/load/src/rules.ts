// What all endpoints of a measuring layer share, read from its options.

import { checkFunction, checkObject } from "@bal/errors";
import { now as balNow } from "@bal/service";
import { type Completion, onResponse } from "./completion.ts";
import { readNumbers, timeSpan } from "./read-numbers.ts";
import type { Failed, FailureRules } from "./verdict.ts";

/** Options that every load has which measures time. */
export interface MeasureOptions<Base = unknown> {
  /**
   * What an endpoint stands at before anything is known, in ms; 10 unless given: a fast service, so that it is tried soon.
   */
  readonly defaultRttMs?: number;
  /** The least round trip that a failed request counts as, in ms; 1,000 unless given: failing fast must not look fast. */
  readonly failureMs?: number;
  /** What counts as a failure; a rejection unless given. The caller's own abort never is one. */
  readonly failed?: Failed<Base>;
  /** The clock, in ms, monotonic; the core's `now` unless given. */
  readonly now?: () => number;
  /** When a request counts as over; `onResponse` unless given. */
  readonly completion?: Completion<Base>;
}

export interface Rules extends FailureRules {
  readonly completion: Completion<unknown>;
  readonly now: () => number;
  readonly defaultRttMs: number;
}

/** @throws InvalidOptionError */
export function readRules<Base>(options: MeasureOptions<Base>): Rules {
  const { failed, completion = onResponse, now = balNow } = checkObject("options", options);
  if (failed !== undefined) checkFunction("failed", failed);
  return {
    ...readNumbers(options, { defaultRttMs: [10, { ...timeSpan, above: true }], failureMs: [1_000, timeSpan] }),
    failed: failed as Failed | undefined,
    completion: checkFunction("completion", completion as Completion<unknown>),
    now: checkFunction("now", now),
  };
}
