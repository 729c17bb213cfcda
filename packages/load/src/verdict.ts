// What the end of a request says about its endpoint: a success, a failure and its penalty, or nothing.

import { longestMs } from "./read-numbers.ts";

/** How a request came out: with a response, or with what its call rejected with. */
export type Outcome<Res = unknown> =
  | { readonly response: Res; readonly error?: undefined }
  | { readonly error: unknown; readonly response?: undefined };

/**
 * Whether an outcome is a failure: `true` for one with the penalty `failureMs`, a number of ms for one with that
 * penalty, 0 included.
 *
 * The caller's own abort is never asked about. A throw, or an answer that is neither a boolean nor a number from 0 to
 * 10¹⁵, stands for the default: a rejection is a failure, a response is none.
 */
export type Failed<Res = unknown> = (outcome: Outcome<Res>) => boolean | number;

/** What a load knows of failures. */
export interface FailureRules {
  readonly failed: Failed | undefined;
  readonly failureMs: number;
}

/** A verdict is the penalty of a failure in ms, or one of these: a number, so that no request allocates one. */
export const succeeded = -1;
/** Its caller gave it up: it took at least that long. */
export const aborted = -2;
/** It is over, and that is all. */
export const unmeasured = -3;

export function verdictOnResponse(rules: FailureRules, response: unknown): number {
  return rules.failed === undefined ? succeeded : judge(rules, { response }, succeeded);
}

export function verdictOnError(rules: FailureRules, error: unknown, signal: AbortSignal | undefined): number {
  return signal?.aborted ? aborted : judge(rules, { error }, rules.failureMs);
}

function judge({ failed, failureMs }: FailureRules, outcome: Outcome, otherwise: number): number {
  let answer: unknown;
  try {
    answer = failed?.(outcome);
  } catch {}
  if (answer === true) return failureMs;
  if (answer === false) return succeeded;
  return typeof answer === "number" && answer >= 0 && answer <= longestMs ? answer : otherwise;
}
