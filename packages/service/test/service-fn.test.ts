// serviceFn: a function as a service.

import { getEventListeners } from "node:events";
import { InvalidOptionError } from "@bal/errors";
import { serviceFn } from "@bal/service";
import { settle, virtualClock } from "@bal/service/testing";
import { describe, expect, test } from "vitest";
import { rejection, thrown } from "./support/rejection.ts";

describe("serviceFn", () => {
  test("hands the request and the signal to the function, and answers what it returns", async () => {
    const seen: unknown[] = [];
    const service = serviceFn((request: string, { signal }) => {
      seen.push(request, signal);
      return request.length;
    });
    const { signal } = new AbortController();
    expect(await service.call("four", { signal })).toBe(4);
    expect(await service.call("seven")).toBe(5);
    expect(seen).toEqual(["four", signal, "seven", undefined]);
  });

  test("makes a throw a rejection", async () => {
    const failure = new Error("at once");
    const service = serviceFn((): number => {
      throw failure;
    });
    expect(await rejection(service.call())).toBe(failure);
    expect(await rejection(service.call(undefined, { signal: new AbortController().signal }))).toBe(failure);
  });

  test("takes any thenable for a promise", async () => {
    // biome-ignore lint/suspicious/noThenProperty: a thenable that is no promise
    const service = serviceFn(() => ({ then: (done: (value: number) => void) => done(7) }) as PromiseLike<number>);
    const response = service.call();
    expect(response).toBeInstanceOf(Promise);
    expect(await response).toBe(7);
  });

  test("rejects at an abort even if the function does not listen, and drops what that still brings", async () => {
    const clock = virtualClock();
    for (const end of ["return", "throw"] as const) {
      const service = serviceFn(async (ms: number) => {
        await clock.sleep(ms);
        if (end === "throw") throw new Error("too late");
      });
      const controller = new AbortController();
      const failed = rejection(service.call(1_000, { signal: controller.signal }));
      await clock.advance(1);
      controller.abort("no patience");
      expect(await failed).toBe("no patience");
      await clock.run();
    }
  });

  test("rejects at an abort by the function itself, before it has returned", async () => {
    const controller = new AbortController();
    const service = serviceFn(() => {
      controller.abort("changed my mind");
      return new Promise(() => {});
    });
    expect(await rejection(service.call(undefined, { signal: controller.signal }))).toBe("changed my mind");
  });

  test("leaves no listener on the signal, by the time the answer is there", async () => {
    const service = serviceFn((end: unknown) => end);
    const { signal } = new AbortController();
    const listeners = (): number => getEventListeners(signal, "abort").length;
    const answer = service.call(1, { signal });
    expect(listeners()).toBe(1);
    await answer;
    expect(listeners()).toBe(0);
    const failed = service.call(Promise.reject(new Error("broken")), { signal });
    expect(listeners()).toBe(1);
    await rejection(failed);
    expect(listeners()).toBe(0);
  });

  test("rejects with any reason as it is", async () => {
    const service = serviceFn(() => new Promise(() => {}));
    for (const reason of [0, "", null, { why: "so" }, new DOMException("stop", "AbortError")]) {
      expect(await rejection(service.call(undefined, { signal: AbortSignal.abort(reason) }))).toBe(reason);
      const controller = new AbortController();
      const failed = rejection(service.call(undefined, { signal: controller.signal }));
      controller.abort(reason);
      expect(await failed).toBe(reason);
    }
  });

  test("does not call the function with a signal that was aborted before", async () => {
    let calls = 0;
    const service = serviceFn(() => ++calls);
    await rejection(service.call(undefined, { signal: AbortSignal.abort() }));
    expect(calls).toBe(0);
  });

  test("takes an abort after the answer for nothing", async () => {
    const controller = new AbortController();
    const service = serviceFn(async () => "done");
    const answer = service.call(undefined, { signal: controller.signal });
    await settle();
    controller.abort();
    expect(await answer).toBe("done");
  });

  test("is always ready and cannot be closed", () => {
    const service = serviceFn(() => 1);
    expect(service.ready()).toBe(true);
    expect(service.close).toBeUndefined();
  });

  test("says what is no function", () => {
    const error = thrown(() => serviceFn({} as never));
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect((error as Error).message).toBe("fn: expected a function, got an object");
  });
});
