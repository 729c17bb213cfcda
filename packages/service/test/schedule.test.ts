// schedule: the default timer.

import { schedule } from "@bal/service";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

describe("schedule", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("runs once, so many ms from now", () => {
    const fn = vi.fn<() => void>();
    schedule(50, fn);
    vi.advanceTimersByTime(49);
    expect(fn).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(fn).toHaveBeenCalledTimes(1);
  });

  test("can be cancelled, also more than once and when it has run", () => {
    const [never, once] = [vi.fn<() => void>(), vi.fn<() => void>()];
    const cancel = schedule(50, never);
    const late = schedule(10, once);
    vi.advanceTimersByTime(20);
    late();
    cancel();
    cancel();
    vi.advanceTimersByTime(1_000);
    expect(never).not.toHaveBeenCalled();
    expect(once).toHaveBeenCalledTimes(1);
  });

  test("never runs what is due at Infinity, and starts no timer for it", () => {
    const fn = vi.fn<() => void>();
    schedule(Infinity, fn)();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("runs what is due in more than 24.8 days then, not at once as the platform would", () => {
    const fn = vi.fn<() => void>();
    schedule(1e12, fn);
    vi.advanceTimersByTime(2 ** 31 - 2);
    expect(fn).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fn).toHaveBeenCalledTimes(1);
  });
});

describe("schedule keeps no process alive", () => {
  afterEach(() => vi.unstubAllGlobals());

  test("where timers have an unref()", () => {
    const unref = vi.fn<() => void>();
    vi.stubGlobal("setTimeout", () => ({ unref }));
    schedule(5, () => {});
    expect(unref).toHaveBeenCalledTimes(1);
  });

  test("under Deno, where timers are numbers", () => {
    const unrefTimer = vi.fn<(timer: unknown) => void>();
    vi.stubGlobal("setTimeout", () => 7);
    vi.stubGlobal("Deno", { unrefTimer });
    schedule(5, () => {});
    expect(unrefTimer).toHaveBeenCalledExactlyOnceWith(7);
  });

  test("and asks for nothing more in a browser", () => {
    const clear = vi.fn<(timer: unknown) => void>();
    vi.stubGlobal("setTimeout", () => 7);
    vi.stubGlobal("clearTimeout", clear);
    schedule(5, () => {})();
    expect(clear).toHaveBeenCalledExactlyOnceWith(7);
  });
});
