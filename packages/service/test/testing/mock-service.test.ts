// mockService: a service that a test answers by hand.

import { ClosedError, isBalError } from "@bal/errors";
import { mockService, settle } from "@bal/service/testing";
import { describe, expect, test } from "vitest";
import { rejection, thrown } from "../support/rejection.ts";

describe("mockService", () => {
  test("is ready for as many requests as were allowed last, from then on", async () => {
    const { service, handle } = mockService<number, string>({ allow: 2 });
    void service.call(1);
    expect(service.ready()).toBe(true);
    void service.call(2);
    expect(service.ready()).not.toBe(true);
    handle.allow(5);
    handle.allow(1);
    void service.call(3);
    const waits = service.call(4);
    expect([handle.received, handle.waiting, handle.calls.length]).toEqual([3, 1, 3]);
    handle.allow(1);
    expect([handle.received, handle.waiting]).toEqual([4, 0]);
    handle.calls[3]?.respond("four");
    expect(await waits).toBe("four");
    expect(handle.calls.map(({ request }) => request)).toEqual([1, 2, 3]);
  });

  test("gives all who ask the same promise until there is room", async () => {
    const { service, handle } = mockService({ allow: 0 });
    const ready = service.ready();
    expect(service.ready()).toBe(ready);
    handle.allow(0);
    let resolved = false;
    void Promise.resolve(ready).then(() => {
      resolved = true;
    });
    await settle();
    expect(resolved).toBe(false);
    handle.allow(1);
    await ready;
  });

  test("room that waiting calls use up is none for who asks", async () => {
    const { service, handle } = mockService<number>({ allow: 0 });
    void service.call(1);
    let resolved = false;
    void Promise.resolve(service.ready()).then(() => {
      resolved = true;
    });
    handle.allow(1);
    await settle();
    expect([resolved, handle.received]).toEqual([false, 1]);
  });

  test("hands out each call once, in order, also to who asked before it came", async () => {
    const { service, handle } = mockService<number, string>();
    const early = handle.nextCall();
    const answers = [1, 2, 3].map((n) => service.call(n));
    const calls = [await early, await handle.nextCall(), await handle.nextCall()];
    expect(calls.map(({ request }) => request)).toEqual([1, 2, 3]);
    for (const call of calls) call.respond(`to ${call.request}`);
    expect(await Promise.all(answers)).toEqual(["to 1", "to 2", "to 3"]);
  });

  test("does not hand out a call that is over already", async () => {
    const { service, handle } = mockService<number, string>();
    const controller = new AbortController();
    const aborted = rejection(service.call(1, { signal: controller.signal }));
    void service.call(2);
    controller.abort("gone");
    expect(await aborted).toBe("gone");
    expect((await handle.nextCall()).request).toBe(2);
  });

  test("takes the first of several answers, and of an answer and an abort", async () => {
    const { service, handle } = mockService<number, string>();
    const controller = new AbortController();
    const answer = service.call(1, { signal: controller.signal });
    const call = await handle.nextCall();
    expect(call.signal).toBe(controller.signal);
    call.respond("first");
    call.respond("second");
    call.reject("third");
    controller.abort("fourth");
    expect(await answer).toBe("first");
  });

  test("once it has failed for good, answers what is in flight by hand and nothing else", async () => {
    const { service, handle } = mockService<number, string>({ allow: 1 });
    const inFlight = service.call(1);
    const waiting = rejection(service.call(2));
    const ready = rejection(Promise.resolve(service.ready()));
    handle.fail("broken");
    handle.fail("again");
    handle.allow(5);
    expect([await waiting, await ready]).toEqual(["broken", "broken"]);
    expect(await rejection(service.call(3))).toBe("broken");
    expect(await rejection(Promise.resolve(service.ready()))).toBe("broken");
    handle.calls[0]?.respond("still");
    expect(await inFlight).toBe("still");
    expect(handle.received).toBe(1);
  });

  test("counts how often it was closed, and has closed when the last call is over", async () => {
    const { service, handle } = mockService<number, string>();
    const answers = [service.call(1), service.call(2)];
    let closed = 0;
    for (let i = 0; i < 2; i++) void service.close().then(() => void closed++);
    expect(handle.closed).toBe(2);
    expect(await rejection(service.call(3))).toBeInstanceOf(ClosedError);
    handle.calls[0]?.respond("one");
    await settle();
    expect(closed).toBe(0);
    handle.calls[0]?.respond("two");
    await settle();
    expect(closed).toBe(2);
    expect(await Promise.all(answers)).toEqual(["one", "two"]);
  });

  test("says what is wrong at once", () => {
    expect(
      isBalError(
        thrown(() => mockService({ allow: -1 })),
        "BAL_INVALID_OPTION",
      ),
    ).toBe(true);
    expect(
      isBalError(
        thrown(() => mockService().handle.allow(Number.NaN)),
        "BAL_INVALID_OPTION",
      ),
    ).toBe(true);
  });
});
