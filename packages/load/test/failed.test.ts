// What counts as a failure, and what it counts.

import { type Failed, type HttpResponse, httpFailure, type Outcome, peakEwma } from "@bal/load";
import { expect, test } from "vitest";
import { ByHand, type HandledEndpoint } from "./by-hand.ts";

function hand(failed?: Failed, failureMs?: number): { hand: ByHand; only: HandledEndpoint } {
  const made = new ByHand((now) =>
    peakEwma({ now, ...(failed && { failed }), ...(failureMs !== undefined && { failureMs }) }),
  );
  return { hand: made, only: made.endpoints[0] as HandledEndpoint };
}

test("L4: an endpoint that fails fast does not look fast: a failure counts at least failureMs", async () => {
  const { hand: made, only } = hand();
  made.time += 1;
  await only.begin().fail();
  expect(made.loads).toEqual([1_000]);
  const mild = hand(undefined, 50);
  await mild.only.begin().fail();
  expect(mild.hand.loads).toEqual([50]);
});

test("a failure that took longer counts as long as it took, and never less than the faded estimate", async () => {
  const { hand: made, only } = hand();
  const flight = only.begin();
  made.time += 3_000;
  await flight.fail();
  expect(made.loads).toEqual([3_000]);
  made.time += 1_000;
  await only.begin().fail();
  // Blended in like any other: faded + faded (1 − w).
  const w = Math.exp(-0.1);
  expect(made.loads[0]).toBeCloseTo(3_000 * w + 3_000 * w * (1 - w), 9);
});

test("an aborted request counts with the time it ran if that is above the faded estimate, else not at all", async () => {
  const { hand: made, only } = hand();
  const [short, long] = [only.begin(), only.begin()];
  made.time += 5;
  await short.abort();
  expect(made.loads[0]).toBeCloseTo(2 * 10 * Math.exp(-5 / 10_000), 9);
  made.time += 495;
  await long.abort();
  expect(made.loads).toEqual([500]);
});

test("`failed` is asked about responses and rejections, never about the caller's own abort", async () => {
  const asked: Outcome[] = [];
  const { only } = hand((outcome) => {
    asked.push(outcome);
    return false;
  });
  await only.begin().answer();
  const error = new Error("broken");
  await only.begin().fail(error);
  await only.begin().abort();
  expect(asked).toEqual([{ response: "answered" }, { error }]);
});

test("a number is the penalty, true is failureMs, false is no failure", async () => {
  for (const [answer, load] of [
    [true, 1_000],
    [20_000, 20_000],
    [0, 100],
    [false, 100],
  ] as const) {
    for (const how of ["answer", "fail"] as const) {
      const { hand: made, only } = hand(() => answer);
      const flight = only.begin();
      made.time += 100;
      await flight[how]();
      expect(made.loads).toEqual([load]);
    }
  }
});

test("a `failed` that throws or answers nonsense: a rejection is a failure, a response is none", async () => {
  const nonsense = [undefined, null, Number.NaN, -1, Number.POSITIVE_INFINITY, 1e16, "1000", {}, Promise.resolve(true)];
  const rules = nonsense.map((answer) => (() => answer) as unknown as Failed);
  rules.push(() => {
    throw new Error("of the rule");
  });
  for (const failed of rules) {
    const { hand: made, only } = hand(failed);
    const flight = only.begin();
    made.time += 100;
    await flight.answer();
    expect(made.loads).toEqual([100]);
    await only.begin().fail();
    expect(made.loads).toEqual([1_000]);
  }
});

function answer(status: number, headers: Record<string, string> = {}): { readonly response: HttpResponse } {
  return { response: new Response(null, { status, headers }) };
}

test("httpFailure: rejections, 429 and 5xx", () => {
  expect(httpFailure({ error: new Error("refused") })).toBe(true);
  for (const status of [429, 500, 502, 503, 504, 599]) expect(httpFailure(answer(status))).toBe(true);
  for (const status of [200, 204, 304, 400, 404, 428, 499]) {
    expect(httpFailure(answer(status, { "retry-after": "9" }))).toBe(false);
  }
});

test("httpFailure: Retry-After of a second or more is the penalty, in seconds or as a date", () => {
  const after = (value: string, date?: string) =>
    httpFailure(answer(503, { "retry-after": value, ...(date && { date }) }));
  expect(after("1")).toBe(1_000);
  expect(after(" 120 ")).toBe(120_000);
  expect(after("0")).toBe(true);
  expect(after("-5")).toBe(true);
  expect(after("soon")).toBe(true);
  // Digits and nothing else are seconds.
  for (const other of ["Infinity", "0x10", "1e400", "1e3", "+5", "0b11", "5s"]) expect(after(other)).toBe(true);
  expect(after("9".repeat(400))).toBe(1e15);
  const sent = "Tue, 24 Nov 2026 23:59:30 GMT";
  expect(after("Wed, 25 Nov 2026 00:00:00 GMT", sent)).toBe(30_000);
  expect(after("Tue, 24 Nov 2026 23:59:30 GMT", sent)).toBe(true);
  expect(after("Tue, 24 Nov 2020 23:59:30 GMT", sent)).toBe(true);
  // Without a Date from the clock here: a century is certain.
  expect(after("Fri, 01 Jan 2100 00:00:00 GMT")).toBeGreaterThan(1e9);
  expect(after("Wed, 01 Jan 2020 00:00:00 GMT")).toBe(true);
});
