/** Every package that is not made for Node loads from its sources in a browser, and a call goes through. */
import { concurrencyLimit, serviceFn, stack } from "@bal/service";
import { expect, test } from "vitest";

declare global {
  interface ImportMeta {
    glob<T>(patterns: readonly string[]): Record<string, () => Promise<T>>;
  }
}

// What adapts Node's own parts is left out; a pattern must be written out here.
const modules = import.meta.glob<Record<string, unknown>>([
  "../../../packages/*/src/index.ts",
  "../../../packages/*/src/*/index.ts",
  "!../../../packages/{dns,undici}/**",
]);

test("there is no Node here", () => {
  expect(typeof document).toBe("object");
  expect("Buffer" in globalThis).toBe(false);
});

test("the packages are found", () => expect(Object.keys(modules).length).toBeGreaterThanOrEqual(5));

test.each(Object.entries(modules))("%s loads", async (_, load) => {
  expect(Object.keys(await load()).length).toBeGreaterThan(0);
});

test("a call goes through layers to a service", async () => {
  const double = stack(concurrencyLimit(2), concurrencyLimit(1))(serviceFn(async (n: number) => n * 2));
  expect(await Promise.all([1, 2, 3].map((n) => double.call(n)))).toEqual([2, 4, 6]);
});
