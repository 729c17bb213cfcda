// The traffic, the pickers and the figures of the comparison.

import { pickerContract } from "@bal/service/testing";
import { describe, expect, it } from "vitest";
import { resultOf } from "../src/compare/result.ts";
import { Recent } from "../src/measure/recent.ts";
import { randomChoice } from "../src/strategies/random-choice.ts";
import { roundRobin } from "../src/strategies/round-robin.ts";
import { table } from "../src/terminal/table.ts";
import { arrivals } from "../src/traffic/arrivals.ts";
import { drive } from "../src/traffic/drive.ts";
import { serverWith } from "./support/stand.ts";

describe("arrivals", () => {
  it("are the same for the same seed, and others for another", () => {
    const options = { seed: 5, rate: 100, durationMs: 10_000 };
    expect(arrivals(options)).toEqual(arrivals(options));
    expect(arrivals(options)).not.toEqual(arrivals({ ...options, seed: 6 }));
  });

  it("are a Poisson process: gaps whose mean and deviation are 1 / rate", () => {
    const times = arrivals({ seed: 1, rate: 200, durationMs: 500_000 });
    const gaps = Array.from(times, (time, index) => time - (times[index - 1] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(mean).toBeGreaterThan(4.9);
    expect(mean).toBeLessThan(5.1);
    expect(deviation / mean).toBeCloseTo(1, 1);
    expect(gaps.every((gap) => gap >= 0)).toBe(true);
  });
});

describe("driving", () => {
  it("counts the wait of a request from the moment at which it was due", async () => {
    const { url } = await serverWith((_, response) => response.end("x"));
    // Due long before the driver can have sent them: the whole delay is theirs.
    const { sent, errors, latencies } = await drive({
      url,
      arrivals: Float64Array.of(-500, -300, 0),
      patienceMs: 5_000,
    });
    expect([sent, errors]).toEqual([3, 0]);
    expect(latencies[0]).toBeGreaterThan(500);
    expect(latencies[1]).toBeGreaterThan(300);
  });

  it("waits for no answer before it sends the next, and counts what fails", async () => {
    let inFlight = 0;
    let most = 0;
    const { url } = await serverWith((request, response) => {
      most = Math.max(most, ++inFlight);
      setTimeout(() => {
        inFlight -= 1;
        response.writeHead(request.url?.endsWith("3") ? 500 : 200).end();
      }, 100);
    });
    const { sent, answered, errors, failures } = await drive({
      url,
      arrivals: Float64Array.of(0, 1, 2, 3, 4),
      patienceMs: 5_000,
    });
    expect([sent, answered, errors]).toEqual([5, 5, 1]);
    expect([...failures]).toEqual([0, 0, 0, 1, 0]);
    expect(most).toBeGreaterThan(1);
  });
});

describe("pickers", () => {
  const endpoints = ["a", "b", "c"].map((key) => ({ key, service: undefined, slot: -1 }));
  const [a, b, c] = endpoints as [(typeof endpoints)[0], (typeof endpoints)[0], (typeof endpoints)[0]];

  describe("keep their contract: round robin", () => {
    for (const { name, run } of pickerContract(() => roundRobin())) it(name, run);
  });

  describe("keep their contract: random choice", () => {
    for (const { name, run } of pickerContract((random) => randomChoice(random))) it(name, run);
  });

  it("round robin takes turns, also while endpoints come and go", () => {
    const picker = roundRobin<typeof a>();
    expect(picker.pick()).toBeUndefined();
    for (const endpoint of endpoints) picker.add(endpoint);
    expect([1, 2, 3, 4].map(() => picker.pick()?.key).join("")).toBe("abca");
    picker.delete(a);
    expect([1, 2, 3].map(() => picker.pick()?.key).join("")).toBe("bcb");
    picker.delete(c);
    expect([1, 2].map(() => picker.pick()?.key).join("")).toBe("bb");
    picker.delete(b);
    expect(picker.pick()).toBeUndefined();
  });

  it("random choice draws each of those that are in", () => {
    let draw = 0;
    const picker = randomChoice<typeof a>(() => draw);
    for (const endpoint of endpoints) picker.add(endpoint);
    picker.delete(a);
    expect(picker.pick()?.key).toBe("c");
    draw = 0.99;
    expect(picker.pick()?.key).toBe("b");
    picker.delete(c);
    expect(picker.pick()?.key).toBe("b");
  });
});

describe("figures", () => {
  const driven = {
    sent: 4,
    answered: 4,
    errors: 1,
    latencies: Float64Array.of(10, 20, 30, 9_999),
    failures: Uint8Array.of(0, 0, 0, 1),
  };
  const timeline = { seconds: [0], inFlight: [[0], [1]] };

  it("are of the requests that were answered, with shares that add up", () => {
    const result = resultOf({ id: "x", title: "X", driven, counts: [3, 1], timeline });
    expect(result).toMatchObject({ requests: 4, errors: 1, shares: [0.75, 0.25] });
    expect(result.p50).toBeCloseTo(20, 0);
    expect(result.p999).toBeCloseTo(30, 0);
    expect(result.curve[0]).toBeCloseTo(10, 0);
    expect(result.curve.at(-1)).toBeCloseTo(30, 0);
  });

  it("stand in columns", () => {
    const result = resultOf({ id: "x", title: "round robin", driven, counts: [3, 1], timeline });
    const lines = table([result], ["0", "0–4"]).split("\n");
    expect(lines[0]).toBe("strategy     requests  errors  p50 ms  p90 ms  p99 ms  p99.9 ms");
    expect(lines[2]).toMatch(/^round robin {9}4 {7}1 {4}20\.0/);
    expect(lines.at(-1)).toBe("round robin  75.0  25.0");
  });

  it("of the last while forget what is older", () => {
    let time = 0;
    const recent = new Recent(() => time);
    recent.add(100);
    time = 9_000;
    recent.add(1);
    expect(recent.percentiles().count).toBe(2);
    time = 12_000;
    recent.add(1);
    expect(recent.percentiles().count).toBe(3);
    time = 23_000;
    expect(recent.percentiles().count).toBe(1);
    time = 60_000;
    expect(recent.percentiles()).toMatchObject({ count: 0, p99: 0 });
  });
});
