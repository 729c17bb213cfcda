// now, holdNow, releaseNow: one reading of the clock for a choice.

import { holdNow, now, releaseNow } from "@bal/service";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

describe("now", () => {
  let readings = 0;

  beforeEach(() => {
    readings = 0;
    vi.spyOn(performance, "now").mockImplementation(() => 1_000 + ++readings);
  });

  afterEach(() => {
    releaseNow();
    vi.restoreAllMocks();
  });

  test("reads the clock each time it is asked", () => {
    expect([now(), now()]).toEqual([1_001, 1_002]);
  });

  test("held, reads it once, when it is first asked", () => {
    holdNow();
    expect(readings).toBe(0);
    expect([now(), now(), now()]).toEqual([1_001, 1_001, 1_001]);
    expect(readings).toBe(1);
  });

  test("released, reads it again", () => {
    holdNow();
    now();
    releaseNow();
    expect([now(), now()]).toEqual([1_002, 1_003]);
  });

  test("held anew, does not give the reading of the last hold", () => {
    holdNow();
    now();
    releaseNow();
    holdNow();
    expect(now()).toBe(1_002);
  });

  test("a second hold and a second release add nothing", () => {
    holdNow();
    now();
    holdNow();
    expect(now()).toBe(1_001);
    releaseNow();
    expect(now()).toBe(1_002);
    releaseNow();
    expect(now()).toBe(1_003);
  });
});

test("now is monotonic and in milliseconds, from the platform's clock", () => {
  const before = performance.now();
  const reading = now();
  expect(reading).toBeGreaterThanOrEqual(before);
  expect(reading).toBeLessThanOrEqual(performance.now());
});
