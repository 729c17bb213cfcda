// What the end of a request says about its endpoint: a success, a failure and its penalty, or nothing.

import { checkFunction, checkNumber } from "@bal/errors";

/** How a request came out: with a response, or with what its call rejected with. */
export type Outcome<Res = unknown> =
  | { readonly response: Res; readonly error?: undefined }
  | { readonly error: unknown; readonly response?: undefined };

/**
 * Whether an outcome is a failure: `true` for one with the penalty `failureMs`, a number of ms for one with that
 * penalty, 0 included.
 *
 * The caller's own abort is never asked about. A throw, or an answer that is neither a boolean nor a finite number from
 * 0, stands for the default: a rejection is a failure, a response is none.
 */
export type Failed<Res = unknown> = (outcome: Outcome<Res>) => boolean | number;

/** What a load that measures time knows of failures. */
export interface FailureRules {
  readonly failed: Failed<never> | undefined;
  readonly failureMs: number;
}

/** A verdict is the penalty of a failure in ms, or one of these: a number, so that no request allocates one. */
export const succeeded = -1;
/** Its caller gave it up: it took at least that long. */
export const aborted = -2;
/** It is over, and that is all. */
export const unmeasured = -3;

/** The longest time that an option may name, in ms: beyond it sums and products lose their meaning. */
export const longestMs: number = Number.MAX_SAFE_INTEGER;

export function failureRules(failed: unknown, failureMs: unknown): FailureRules {
  return {
    failed: failed === undefined ? undefined : checkFunction("failed", failed as Failed<never>),
    failureMs: checkNumber("failureMs", failureMs ?? 1_000, { max: longestMs, unit: "ms" }),
  };
}

export function verdictOnResponse(rules: FailureRules, response: unknown): number {
  return rules.failed === undefined ? succeeded : judge(rules, { response }, succeeded);
}

export function verdictOnError(rules: FailureRules, error: unknown, signal: AbortSignal | undefined): number {
  if (signal?.aborted) return aborted;
  return rules.failed === undefined ? rules.failureMs : judge(rules, { error }, rules.failureMs);
}

function judge(rules: FailureRules, outcome: Outcome, otherwise: number): number {
  let failed: unknown;
  try {
    failed = (rules.failed as Failed)(outcome);
  } catch {}
  if (failed === true) return rules.failureMs;
  if (failed === false) return succeeded;
  return typeof failed === "number" && failed >= 0 && failed <= longestMs ? failed : otherwise;
}
