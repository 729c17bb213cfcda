// Expected delay: each rule with numbers reckoned by hand.

import { expectedDelay } from "@bal/load";
import { holdNow, now } from "@bal/service";
import { loadContract, mockService, serviceContract } from "@bal/service/testing";
import { describe, expect, test, vi } from "vitest";
import { ByHand, type HandledEndpoint } from "./by-hand.ts";

describe("expectedDelay is a load", () => {
  for (const { name, run } of loadContract((now) => expectedDelay({ now }))) test(name, run);
});
describe("expectedDelay is a service", () => {
  for (const { name, run } of serviceContract((backend) => expectedDelay()(backend))) test(name, run);
});

/** `count` endpoints, the first of which has answered once in `ms`: that is its estimate, and the mean of all. */
async function warm(ms: number, count = 2, options: Parameters<typeof expectedDelay>[0] = {}) {
  const hand = new ByHand((now) => expectedDelay({ now, ...options }), { count });
  const [first, second] = hand.endpoints as [HandledEndpoint, HandledEndpoint];
  await first.take(ms);
  return { hand, first, second };
}

const faded = (ms: number, fadeMs = 7_000): number => Math.exp(-ms / fadeMs);

describe("a sample", () => {
  test("load is the estimate times the requests in flight and one more", async () => {
    const { hand, first } = await warm(40);
    expect(hand.loads[0]).toBe(40);
    const flights = [first.begin(), first.begin()];
    expect(hand.loads[0]).toBe(120);
    hand.time += 40;
    await flights[0]?.answer();
    expect(hand.loads[0]).toBeCloseTo(80 * faded(40) + 2 * ((1 / 3) * (40 - 40 * faded(40))), 9);
  });

  test("is the round trip over place to the power of three quarters", async () => {
    const hand = new ByHand((now) => expectedDelay({ now, ageShare: 0 }));
    const [only] = hand.endpoints as [HandledEndpoint];
    const flights = Array.from({ length: 16 }, () => only.begin());
    hand.time += 80;
    // The 16th in place, and the first in the layer: 80 / 8, taken whole.
    await flights[15]?.answer();
    expect(hand.loads[0]).toBe(10 * 16);
    // Another exponent.
    const shared = new ByHand((now) => expectedDelay({ now, ageShare: 0, placeExponent: 0.5 }));
    const more = Array.from({ length: 16 }, () => (shared.endpoints[0] as HandledEndpoint).begin());
    shared.time += 80;
    await more[15]?.answer();
    expect(shared.loads[0]).toBe(20 * 16);
    // Past the places whose power is kept.
    const many = new ByHand((now) => expectedDelay({ now, ageShare: 0 }));
    const all = Array.from({ length: 256 }, () => (many.endpoints[0] as HandledEndpoint).begin());
    many.time += 640;
    await all[255]?.answer();
    expect(many.loads[0]).toBe(10 * 256);
  });

  test("weighs at most a half, however long ago the last one was", async () => {
    const { hand, first } = await warm(40);
    hand.time += 20_000;
    const before = hand.loads[0] as number;
    await first.take(0);
    expect(hand.loads[0]).toBeCloseTo(before / 2, 9);
    const eager = await warm(40, 1, { maxWeight: 1 });
    eager.hand.time += 20_000;
    await eager.first.take(20);
    expect(eager.hand.loads[0]).toBeCloseTo(20, 2);
  });

  test("weighs at least 1 / (n + 1) as the n-th of its endpoint", async () => {
    const { hand, first } = await warm(40);
    let estimate = 40;
    for (let n = 2; n <= 6; n++) {
      // No time passes, so that only the least weight speaks.
      await first.take(0);
      estimate *= 1 - 1 / (n + 1);
      expect(hand.loads[0]).toBeCloseTo(estimate, 9);
    }
  });

  test("weighs 1 − exp(−Δt / meanMs) when that is between", async () => {
    const { hand, first } = await warm(40, 1, { outlier: 1e6, spike: 1e6 });
    for (let n = 2; n <= 20; n++) await first.take(0);
    const before = hand.loads[0] as number;
    hand.time += 600;
    const flight = first.begin();
    hand.time += 100;
    await flight.answer();
    const weight = 1 - Math.exp(-700 / 2_000);
    expect(hand.loads[0]).toBeCloseTo(before * faded(700) * (1 - weight) + 100 * weight, 9);
  });
});

describe("a long answer", () => {
  /** Answers of 40 ms until none of them weighs more than its time, then long ones; what each left the estimate at. */
  async function after(...long: number[]): Promise<{ estimates: number[]; faded: number[] }> {
    const { hand, first } = await warm(40, 1);
    for (let n = 2; n <= 100; n++) await first.take(40);
    const estimates: number[] = [];
    const before: number[] = [];
    for (const ms of long) {
      before.push((hand.loads[0] as number) * faded(ms));
      await first.take(ms);
      estimates.push(hand.loads[0] as number);
    }
    return { estimates, faded: before };
  }
  const weight = (ms: number): number => 1 - Math.exp(-ms / 2_000);

  test("counts as four times the estimate, since it may be chance", async () => {
    const { estimates, faded } = await after(400);
    const [was] = faded as [number];
    expect(estimates[0]).toBeCloseTo(was + weight(400) * 3 * was, 9);
  });

  test("counts in full when the one before it was as long", async () => {
    const { estimates, faded } = await after(400, 400);
    const [, was] = faded as [number, number];
    expect(estimates[1]).toBeCloseTo(was + weight(400) * (400 - was), 9);
  });

  test("counts in full again only behind another: a short one between makes it chance", async () => {
    const { estimates, faded } = await after(400, 40, 400);
    const [, , was] = faded as [number, number, number];
    expect(estimates[2]).toBeCloseTo(was + weight(400) * 3 * was, 9);
  });
});

describe("an endpoint without a sample", () => {
  test("stands at defaultRttMs while nobody has answered, and its first sample counts whole", async () => {
    const hand = new ByHand((now) => expectedDelay({ now, defaultRttMs: 25 }), { count: 2 });
    hand.time += 60_000;
    expect(hand.loads).toEqual([25, 25]);
    await (hand.endpoints[0] as HandledEndpoint).take(200);
    expect(hand.loads).toEqual([200, 400]);
  });

  test("stands at twice the mean of all, as it is at the moment, and does not fade", async () => {
    const { hand, first } = await warm(40);
    expect(hand.loads[1]).toBe(80);
    hand.time += 60_000;
    expect(hand.loads[1]).toBe(80);
    // A minute later a sample is all of the mean, but for e⁻³⁰.
    await first.take(10);
    expect(hand.loads[1]).toBeCloseTo(20, 9);
    const bold = await warm(40, 2, { newcomer: 1 });
    expect(bold.hand.loads[1]).toBe(40);
  });

  test("blends its first sample in by half, whatever the time", async () => {
    const { hand, second } = await warm(40);
    await second.take(20);
    expect(hand.loads[1]).toBe(50);
    const eager = await warm(40, 2, { maxWeight: 1 });
    eager.hand.time += 1e6;
    await eager.second.take(20);
    expect(eager.hand.loads[1]).toBe(50);
  });
});

describe("the mean of all", () => {
  test("takes the n-th sample with at least 1 / n", async () => {
    const { hand, first } = await warm(40, 3);
    await first.take(0);
    expect(hand.loads[2]).toBeCloseTo(2 * 20, 9);
    await first.take(0);
    expect(hand.loads[2]).toBeCloseTo((2 * 40) / 3, 9);
  });

  test("takes no failure and no abort", async () => {
    const { hand, first } = await warm(40);
    const [failing, aborting] = [first.begin(), first.begin()];
    hand.time += 5_000;
    await failing.fail();
    await aborting.abort();
    expect(hand.loads[1]).toBe(80);
  });

  test("takes a success that is out of all bounds with its bound", async () => {
    const { hand, first, second } = await warm(10, 3);
    const flight = second.begin();
    hand.time += 10_000;
    await flight.answer();
    expect(first.load.load()).toBeCloseTo(10 * faded(10_000), 9);
    expect(hand.loads[1]).toBe(20 + (300 - 20) / 2);
    const weight = 1 - Math.exp(-10_000 / 2_000);
    expect(hand.loads[2]).toBeCloseTo(2 * (10 + weight * (300 - 10)), 9);
  });

  test("of 0 bounds nothing", async () => {
    const { hand, second } = await warm(0);
    expect(hand.loads).toEqual([0, 0]);
    await second.take(50);
    expect(hand.loads[1]).toBe(25);
  });
});

describe("fading", () => {
  test("an estimate that no sample renews falls to 1/e in fadeMs", async () => {
    const { hand } = await warm(40);
    hand.time += 7_000;
    expect(hand.loads[0]).toBeCloseTo(40 / Math.E, 9);
    const slow = await warm(40, 1, { fadeMs: Number.POSITIVE_INFINITY });
    slow.hand.time += 1e9;
    expect(slow.hand.loads[0]).toBe(40);
  });

  test("is exact for times short and long", async () => {
    const { hand } = await warm(40);
    const from = hand.time;
    for (const ms of [0.001, 1, 13, 15, 100, 140, 1_000, 1e5, 1e6]) {
      hand.time = from + ms;
      const relative = (hand.loads[0] as number) / (40 * Math.exp(-ms / 7_000));
      expect(Math.abs(relative - 1)).toBeLessThan(ms < 1_000 ? 1e-14 : 1e-12);
    }
  });

  test("goes on after readings that went backwards or said nothing", async () => {
    const { hand, first } = await warm(40);
    for (const reading of [Number.NaN, -1e6]) {
      const { time } = hand;
      hand.time = reading;
      await first.take(0);
      hand.time = time;
    }
    expect(hand.loads[0]).toBeCloseTo((40 * 2 * 3) / (3 * 4), 9);
    hand.time += 7_000;
    expect(hand.loads[0]).toBeCloseTo(20 / Math.E, 9);
  });

  test("stretches with the mean of all above 100 ms, as does the time of the mean", async () => {
    const { hand, first } = await warm(500);
    hand.time += 35_000;
    expect(hand.loads[0]).toBeCloseTo(500 / Math.E, 9);
    const before = hand.loads[0] as number;
    const flight = first.begin();
    hand.time += 1_000;
    await flight.answer();
    // 36 s over 5 × 2 s is above a half.
    expect(hand.loads[0]).toBeCloseTo((before * faded(1_000, 35_000) + 1_000) / 2, 9);
    const other = await warm(500, 1, { slowMs: 500 });
    other.hand.time += 7_000;
    expect(other.hand.loads[0]).toBeCloseTo(500 / Math.E, 9);
  });

  test("stretches by the mean before the sample, and time that has passed keeps its own stretch", async () => {
    const { hand, first, second } = await warm(500, 3);
    hand.time += 7_000;
    // The mean goes from 500 to 500 + w (100 − 500).
    await second.take(100);
    const weight = Math.max(1 - Math.exp(-7_100 / 10_000), 1 / 2);
    const mean = 500 - weight * 400;
    const stretch = mean / 100;
    hand.time += 3_500;
    const exponent = 7_100 / 35_000 + 3_500 / (7_000 * stretch);
    expect(first.load.load()).toBeCloseTo(500 * Math.exp(-exponent), 9);
  });

  test("leaves the order of endpoints with samples as it was, whatever the stretch does meanwhile", async () => {
    const { hand, first, second } = await warm(300, 3);
    await second.take(290);
    const ahead = (): boolean => (hand.loads[0] as number) < (hand.loads[1] as number);
    const rank = (): boolean => (first.load.rank?.() as number) < (second.load.rank?.() as number);
    const before = ahead();
    expect(rank()).toBe(before);
    for (let i = 0; i < 50; i++) {
      hand.time += 400;
      await (hand.endpoints[2] as HandledEndpoint).take(i * 37);
      expect([ahead(), rank()]).toEqual([before, before]);
    }
  });
});

describe("the oldest request in flight", () => {
  test("counts with a quarter of its age over its place once that is above the estimate", async () => {
    const { hand, first } = await warm(40);
    first.begin();
    hand.time += 100;
    expect(hand.loads[0]).toBeCloseTo(2 * 40 * faded(100), 9);
    hand.time += 300;
    expect(hand.loads[0]).toBe(2 * 100);
    hand.time += 400;
    expect(hand.loads[0]).toBe(2 * 200);
    const wary = await warm(40, 1, { ageShare: 1 });
    wary.first.begin();
    wary.hand.time += 100;
    expect(wary.hand.loads[0]).toBe(2 * 100);
  });

  test("is told from younger ones, and followed by the next when it ends, in whatever order they end", async () => {
    const { hand, first } = await warm(1);
    const flights = [];
    for (let i = 0; i < 4; i++) {
      flights.push(first.begin());
      hand.time += 1_000;
    }
    const at = hand.time;
    expect(hand.loads[0]).toBe(5 * (4_000 / 4));
    await flights[1]?.abort();
    expect(hand.loads[0]).toBe(4 * (4_000 / 4));
    await flights[0]?.abort();
    // The third, begun as the third in flight, at 2,000 ms before now.
    expect(hand.time).toBe(at);
    const estimate = hand.loads[0] as number;
    expect(estimate).toBeGreaterThanOrEqual(3 * (2_000 / 4 / 3));
  });

  test("counts on an endpoint without a sample too", async () => {
    const { hand, second } = await warm(10);
    second.begin();
    hand.time += 40;
    expect(hand.loads[1]).toBe(2 * 20);
    hand.time += 60;
    expect(hand.loads[1]).toBe(2 * 25);
  });
});

describe("failures", () => {
  test("count at least failureMs, not divided by place", async () => {
    const { hand, first } = await warm(10);
    const flights = Array.from({ length: 16 }, () => first.begin());
    await flights[15]?.fail();
    // The second of its endpoint: a third of the way.
    expect(hand.loads[0]).toBeCloseTo(16 * (10 + (1_000 - 10) / 3), 9);
  });

  test("count with their own time where that is more", async () => {
    const { hand, second } = await warm(10);
    const flight = second.begin();
    hand.time += 5_000;
    await flight.fail();
    expect(hand.loads[1]).toBe((20 + 5_000) / 2);
  });

  test("count at least 30 times the mean of all, and not less than the faded estimate", async () => {
    const { hand, second } = await warm(2_000);
    await second.begin().fail();
    expect(hand.loads[1]).toBe((4_000 + 60_000) / 2);
    const kept = await warm(2_000, 1, { outlier: 1 });
    await kept.first.begin().fail();
    expect(kept.hand.loads[0]).toBe(2_000);
  });

  test("never lower an estimate that is above all that", async () => {
    const penalties = [100_000, 1_000];
    const { hand, second } = await warm(10, 2, {
      failed: ({ error }) => error !== undefined && (penalties.shift() as number),
    });
    await second.begin().fail();
    expect(hand.loads[1]).toBe((20 + 100_000) / 2);
    await second.begin().fail();
    expect(hand.loads[1]).toBe((20 + 100_000) / 2);
  });

  test("count whole before anybody has succeeded", async () => {
    const hand = new ByHand((now) => expectedDelay({ now }), { count: 2 });
    const [first] = hand.endpoints as [HandledEndpoint];
    await first.begin().fail();
    expect(hand.loads).toEqual([1_000, 10]);
    hand.time += 7_000;
    await first.begin().fail();
    expect(hand.loads).toEqual([1_000, 10]);
  });

  test("count with the penalty that `failed` names", async () => {
    const { hand, second } = await warm(10, 2, { failed: ({ error }) => (error === undefined ? false : 5_000) });
    await second.begin().fail();
    expect(hand.loads[1]).toBe((20 + 5_000) / 2);
    const lenient = await warm(10, 2, { failed: ({ error }) => (error === undefined ? false : 0) });
    await lenient.second.begin().fail();
    expect(lenient.hand.loads[1]).toBe((20 + 300) / 2);
  });
});

describe("aborted requests", () => {
  test("count with the time they ran, over place, when that is above the faded estimate", async () => {
    const { hand, first } = await warm(10);
    const flights = Array.from({ length: 16 }, () => first.begin());
    hand.time += 800;
    await flights[15]?.abort();
    const estimate = 10 * faded(800);
    const weight = Math.max(1 - Math.exp(-800 / 2_000), 1 / 3);
    const waited = (0.25 * 800) / 1;
    expect(hand.loads[0]).toBeCloseTo(16 * Math.max(estimate + weight * (100 - estimate), waited), 9);
    for (const flight of flights) await flight.abort();
    expect(hand.loads[0]).toBeGreaterThan(estimate);
  });

  test("do not count at all otherwise", async () => {
    const { hand, first } = await warm(100);
    const flight = first.begin();
    hand.time += 50;
    await flight.abort();
    expect(hand.loads[0]).toBeCloseTo(100 * faded(50), 9);
    await first.take(0);
    // As the second sample, not the third.
    expect(hand.loads[0]).toBeCloseTo((100 * faded(50) * 2) / 3, 9);
  });
});

describe("order and rank", () => {
  test("an endpoint changes its order with its first sample, before that is told", async () => {
    const { first, second } = await warm(10, 3);
    const unknown = second.load.order;
    expect(unknown).not.toBe(first.load.order);
    let told: object | undefined;
    second.load.watch?.({
      loadChanged: () => {
        told = second.load.order;
      },
    });
    const flight = second.begin();
    expect(told).toBe(unknown);
    await flight.answer();
    expect(told).toBe(first.load.order);
  });

  test("two layers have nothing to compare", () => {
    const [a, b] = [0, 1].map(() => new ByHand((now) => expectedDelay({ now })).endpoints[0]?.load.order);
    expect(a).not.toBe(b);
  });

  test("a newcomer whose rank falls because the mean of all has risen says so", async () => {
    const { hand, first, second } = await warm(10, 3);
    second.begin();
    hand.time += 4_000;
    const rank = second.load.rank?.() as number;
    expect(rank).toBeCloseTo(Math.log((1_000 / 20) * 2), 9);
    let told = 0;
    second.load.watch?.({ loadChanged: () => void told++ });
    // Up: told, once for each time that it was asked for.
    await first.take(20);
    expect(second.load.rank?.()).toBeLessThan(rank);
    expect(told).toBe(1);
    await first.take(40);
    expect(told).toBe(2);
    await first.take(60);
    expect(told).toBe(2);
    // Down: it rises, which needs no telling.
    second.load.rank?.();
    await first.take(0);
    expect(told).toBe(2);
  });

  test("asking for ranks when a request begins or ends costs no reading of the clock beyond that of the load", async () => {
    const readings = vi.spyOn(performance, "now");
    try {
      const { service: inner, handle } = mockService<number, string>();
      const service = expectedDelay()(inner);
      service.watch?.({ loadChanged: () => void service.rank?.() });
      holdNow();
      void service.call(1);
      holdNow();
      void service.call(2);
      readings.mockClear();
      handle.calls[0]?.respond("one");
      await Promise.resolve();
      expect(service.pending).toBe(1);
      expect(readings).toHaveBeenCalledTimes(1);
      // And the clock runs on.
      expect(now()).toBeLessThan(now() + 1);
      expect(readings).toHaveBeenCalledTimes(3);
    } finally {
      readings.mockRestore();
    }
  });
});
