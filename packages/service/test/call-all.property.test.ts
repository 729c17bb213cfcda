// callAll: what holds whatever settles when.

import { callAll } from "@bal/service";
import { mockService, settle } from "@bal/service/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { watchedSource } from "./support/watched-source.ts";

const action = fc.oneof(
  fc.record({ kind: fc.constant("answer" as const), which: fc.nat(9) }),
  fc.record({ kind: fc.constant("take" as const), which: fc.constant(0) }),
  fc.record({ kind: fc.constant("allow" as const), which: fc.nat(3) }),
  fc.record({ kind: fc.constant("give" as const), which: fc.constant(0) }),
);
const rare = fc.record({
  kind: fc.constantFrom("fail" as const, "abort" as const, "leave" as const),
  which: fc.nat(9),
});

const life = fc.record({
  count: fc.nat(12),
  ordered: fc.boolean(),
  concurrency: fc.integer({ min: 1, max: 5 }),
  slow: fc.boolean(),
  script: fc.array(fc.oneof({ weight: 12, arbitrary: action }, { weight: 1, arbitrary: rare }), { maxLength: 60 }),
});

test("each request is begun once and in order, never too many, and each answer comes in its place", async () => {
  await fc.assert(
    fc.asyncProperty(life, async ({ count, ordered, concurrency, slow, script }) => {
      const { service, handle } = mockService<number, number>({ allow: 0 });
      const given: (() => void)[] = [];
      const pause = slow ? () => new Promise<void>((resolve) => given.push(resolve)) : undefined;
      const source = watchedSource(
        Array.from({ length: count }, (_, i) => i),
        pause,
      );
      const controller = new AbortController();
      const options = { ordered, concurrency, signal: controller.signal };
      const iterator = callAll(service, source, options)[Symbol.asyncIterator]();

      const begun: number[] = [];
      const settled: number[] = [];
      const got: number[] = [];
      let failed: number | undefined;
      let left = false;
      let end: "done" | { readonly error: unknown } | undefined;
      const take = (): void => {
        iterator.next().then(
          ({ done, value }) => {
            if (done) end ??= "done";
            else got.push(value);
          },
          (error: unknown) => {
            expect(end).toBeUndefined();
            end = { error };
          },
        );
      };
      const look = (): void => {
        for (const { request } of handle.calls) if (!begun.includes(request)) begun.push(request);
        expect(begun).toEqual(begun.map((_, i) => i));
        expect(handle.received).toBe(begun.length);
        if (!left) expect(begun.length - got.length).toBeLessThanOrEqual(concurrency);
        expect(handle.waiting).toBe(0);
      };

      for (const { kind, which } of script) {
        const call = handle.calls[which % Math.max(1, handle.calls.length)];
        if (kind === "answer" && call !== undefined) {
          if (failed === undefined && !controller.signal.aborted) settled.push(call.request);
          call.respond(call.request);
        } else if (kind === "fail" && call !== undefined) {
          if (!controller.signal.aborted) failed ??= call.request;
          call.reject(`failed ${call.request}`);
        } else if (kind === "take") take();
        else if (kind === "allow") handle.allow(which);
        else if (kind === "give") given.shift()?.();
        else if (kind === "abort") controller.abort("aborted");
        else if (kind === "leave") {
          left = true;
          await iterator.return?.();
        }
        await settle();
        look();
      }
      const aborted = controller.signal.aborted;
      for (let turn = 0; turn < 100 && end === undefined; turn++) {
        handle.allow(1);
        given.shift()?.();
        take();
        await settle();
        look();
        for (const call of handle.calls) {
          if (failed === undefined) settled.push(call.request);
          call.respond(call.request);
        }
        await settle();
        look();
      }

      expect(end).toBeDefined();
      const order = ordered ? settled.toSorted((a, b) => a - b) : settled;
      const asExpected = order.slice(0, got.length);
      expect(got).toEqual(ordered ? got.map((_, i) => i) : asExpected);
      if (left || aborted) {
        expect(source.closed).toBeLessThanOrEqual(1);
      } else if (failed === undefined) {
        expect(end).toBe("done");
        expect(got).toEqual(order);
        expect(got.length).toBe(count);
        expect(source.closed).toBe(0);
      } else if (typeof end === "object") {
        expect(String(end.error)).toMatch(/^failed \d+$/);
        if (!ordered) expect(end.error).toBe(`failed ${failed}`);
        else expect(end.error).toBe(`failed ${got.length}`);
        expect(begun.length).toBe(handle.received);
      }
      if (!left && aborted && typeof end === "object") expect(["aborted", `failed ${failed}`]).toContain(end.error);
    }),
    { numRuns: 500, seed: 20_241_124 },
  );
});
