/** An answer is a promise to whoever takes it for one, and tells who follows it at once. */
import { answer, follow } from "@bal/service";
import { describe, expect, test } from "vitest";

const error = new Error("no");

/** What a follower heard. */
function listener() {
  const heard: unknown[][] = [];
  return {
    heard,
    fulfilled: (...all: unknown[]) => void heard.push(["fulfilled", ...all]),
    rejected: (...all: unknown[]) => void heard.push(["rejected", ...all]),
  };
}

describe("as a promise it", () => {
  test("fulfils for who asked before and after", async () => {
    const one = answer<number>();
    const early = one.then((value) => value + 1);
    one.resolve(1);
    expect(await Promise.all([one, early, one.finally(() => {}), one.catch(() => 0)])).toEqual([1, 2, 1, 1]);
  });

  test("rejects for who asked before and after", async () => {
    const one = answer<number>();
    const early = one.catch(() => "caught");
    one.reject(error);
    expect(await early).toBe("caught");
    await expect(one).rejects.toBe(error);
    await expect(one.finally(() => {})).rejects.toBe(error);
    expect(await one.then(undefined, () => "handled")).toBe("handled");
  });

  test("settles once", async () => {
    const one = answer<number>();
    one.resolve(1);
    one.resolve(2);
    one.reject(error);
    expect(await one).toBe(1);
    const other = answer<number>();
    other.reject(error);
    other.resolve(1);
    await expect(other).rejects.toBe(error);
  });

  test("says that it is one", () => {
    expect(Object.prototype.toString.call(answer())).toBe("[object Promise]");
  });
});

describe("who follows it", () => {
  test("hears at once, with the numbers that were noted", () => {
    const { signal } = new AbortController();
    const [well, badly] = [listener(), listener()];
    const [one, other] = [answer<string>(), answer<string>()];
    follow(one, well, 1.5, 3, signal);
    follow(other, badly, 2.5, 4);
    one.resolve("yes");
    other.reject(error);
    expect(well.heard).toEqual([["fulfilled", "yes", 1.5, 3, signal]]);
    expect(badly.heard).toEqual([["rejected", error, 2.5, 4, undefined]]);
  });

  test("hears before who took it for a promise, and so does a second follower", async () => {
    const order: string[] = [];
    const named = (name: string) => ({ fulfilled: () => void order.push(name), rejected: () => {} });
    const one = answer<number>();
    const promised = one.then(() => void order.push("promise"));
    follow(one, named("first"));
    follow(one, named("second"));
    one.resolve(1);
    expect(order).toEqual(["first"]);
    await promised;
    expect(order).toEqual(["first", "promise", "second"]);
  });

  test("hears of one that was settled before, once", async () => {
    const { heard, ...follower } = listener();
    const one = answer<number>();
    one.reject(error);
    follow(one, follower);
    expect(heard).toEqual([]);
    await expect(one).rejects.toBe(error);
    expect(heard).toEqual([["rejected", error, 0, 0, undefined]]);
  });
});

test("a rejection that nobody asks about troubles nobody", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  answer().reject(error);
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});
