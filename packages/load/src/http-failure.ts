// What counts as a failure in HTTP.

import { longestMs } from "./read-numbers.ts";
import type { Outcome } from "./verdict.ts";

/** What `httpFailure` looks at in a response; fetch's `Response` has it. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
}

/**
 * A rule for `failed`: rejections, and answers with status 429 or 5xx, are failures. Where such an answer names a
 * `Retry-After` of a second or more, in seconds or as a date, that is its penalty in ms.
 *
 * A date is reckoned from the answer's own `Date`, so that two clocks need not agree; without one from the clock here.
 */
export function httpFailure(outcome: Outcome<HttpResponse>): boolean | number {
  const { response } = outcome;
  if (response === undefined) return true;
  const { status, headers } = response;
  if (status !== 429 && status < 500) return false;
  const after = headers.get("retry-after") ?? "";
  const sentAt = Date.parse(headers.get("date") ?? "") || Date.now();
  const ms = /\D/.test(after) ? Date.parse(after) - sentAt : Number(after) * 1_000;
  return ms >= 1_000 ? Math.min(ms, longestMs) : true;
}
