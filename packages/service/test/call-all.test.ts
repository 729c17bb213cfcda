// callAll: many requests to one service, case by case.

import { getEventListeners } from "node:events";
import { ClosedError, EndpointError, InvalidOptionError } from "@bal/errors";
import { callAll, concurrencyLimit, type Service, serviceFn } from "@bal/service";
import { mockService, settle, virtualClock } from "@bal/service/testing";
import { describe, expect, test } from "vitest";
import { rejection, thrown } from "./support/rejection.ts";
import { watchedSource } from "./support/watched-source.ts";

/** Takes all there is, into `responses`; resolves with what it ended with. */
function takeAll<T>(iterable: AsyncIterable<T>): { readonly responses: T[]; readonly end: Promise<unknown> } {
  const responses: T[] = [];
  const take = async (): Promise<unknown> => {
    try {
      for await (const response of iterable) responses.push(response);
    } catch (error) {
      return error;
    }
    return "done";
  };
  return { responses, end: take() };
}

describe("the cases of tower", () => {
  test("C1: nothing is taken before the service is ready, answers come in order, and it ends with the source", async () => {
    const { service, handle } = mockService<string, string>({ allow: 0 });
    const source = watchedSource(["a", "b", "c"]);
    const { responses, end } = takeAll(callAll(service, source));
    await settle();
    expect(source.taken).toBe(0);
    handle.allow(1);
    await settle();
    expect(source.taken).toBe(1);
    handle.allow(10);
    await settle();
    expect(handle.calls.map(({ request }) => request)).toEqual(["a", "b", "c"]);
    const [a, b, c] = handle.calls;
    c?.respond("C");
    b?.respond("B");
    await settle();
    expect(responses).toEqual([]);
    a?.respond("A");
    expect(await end).toBe("done");
    expect(responses).toEqual(["A", "B", "C"]);
    expect(source.closed).toBe(0);
  });

  test("C2: unordered, the second finished first is yielded first", async () => {
    const { service, handle } = mockService<string, string>();
    const { responses, end } = takeAll(callAll(service, ["one", "two"], { ordered: false }));
    await settle();
    handle.calls[1]?.respond("second");
    await settle();
    expect(responses).toEqual(["second"]);
    handle.calls[0]?.respond("first");
    expect(await end).toBe("done");
    expect(responses).toEqual(["second", "first"]);
  });

  test("C3: a source that waits is waited for without spinning, and goes on when it yields", async () => {
    const clock = virtualClock();
    let asked = 0;
    const inner = serviceFn(async (n: number) => n * 10);
    const service = {
      ...inner,
      ready: () => {
        asked += 1;
        return inner.ready();
      },
    };
    const source = watchedSource([1, 2], () => clock.sleep(1_000));
    const { responses, end } = takeAll(callAll(service, source));
    await clock.advance(999);
    expect([source.taken, asked]).toEqual([1, 1]);
    await clock.advance(1);
    expect(responses).toEqual([10]);
    await clock.run();
    expect(await end).toBe("done");
    expect(responses).toEqual([10, 20]);
    expect(asked).toBeLessThan(10);
  });

  test.each([true, false])(
    "C4: the service fails at the 2nd request: what was begun is still yielded (ordered: %s)",
    async (ordered) => {
      const { service, handle } = mockService<number, string>({ allow: 1 });
      const source = watchedSource([1, 2, 3]);
      const { responses, end } = takeAll(callAll(service, source, { ordered }));
      await settle();
      const failure = new Error("gone for good");
      handle.fail(failure);
      await settle();
      expect(source.closed).toBe(1);
      handle.calls[0]?.respond("one");
      expect(await end).toBe(failure);
      expect(responses).toEqual(["one"]);
      expect(handle.received).toBe(1);
    },
  );

  test("C5: leaving the loop early closes the source, and what is in flight settles", async () => {
    const { service, handle } = mockService<number, number>();
    const source = watchedSource([1, 2, 3, 4]);
    const loop = async (): Promise<number> => {
      for await (const response of callAll(service, source, { concurrency: 2 })) return response;
      return 0;
    };
    const first = loop();
    await settle();
    const [one, two] = handle.calls;
    one?.respond(1);
    expect(await first).toBe(1);
    expect(source.closed).toBe(1);
    expect(two?.signal).toBeUndefined();
    two?.reject(new Error("nobody listens"));
    await settle();
    expect(handle.received).toBe(2);
  });
});

describe("where requests come from", () => {
  test.each<[string, () => Iterable<number> | AsyncIterable<number>]>([
    ["an array", () => [1, 2, 3]],
    ["a set", () => new Set([1, 2, 3])],
    [
      "a generator",
      function* () {
        yield* [1, 2, 3];
      },
    ],
    [
      "an async generator",
      async function* () {
        yield* [1, 2, 3];
      },
    ],
    [
      "a stream",
      () =>
        new ReadableStream({
          start(c) {
            for (const n of [1, 2, 3]) c.enqueue(n);
            c.close();
          },
        }),
    ],
    [
      "an iterator without return()",
      () => ({
        [Symbol.iterator]: () => {
          let n = 0;
          return { next: () => ({ done: n === 3, value: ++n }) };
        },
      }),
    ],
  ])("%s will do", async (_, requests) => {
    const { responses, end } = takeAll(
      callAll(
        serviceFn(async (n: number) => -n),
        requests(),
      ),
    );
    expect(await end).toBe("done");
    expect(responses).toEqual([-1, -2, -3]);
  });

  test("nothing at all ends at once", async () => {
    const { service, handle } = mockService<number, number>();
    expect(await takeAll(callAll(service, [])).end).toBe("done");
    expect(handle.received).toBe(0);
  });

  test("nothing is taken before somebody asks", async () => {
    const source = watchedSource([1]);
    callAll(
      serviceFn(async (n: number) => n),
      source,
    )[Symbol.asyncIterator]();
    await settle();
    expect(source.taken).toBe(0);
  });

  test("each loop over it starts over", async () => {
    const doubled = callAll(
      serviceFn(async (n: number) => n * 2),
      [1, 2],
    );
    expect([await takeAll(doubled).end, await takeAll(doubled).end]).toEqual(["done", "done"]);
    expect(takeAll(doubled).responses).toEqual([]);
  });

  test("a source that fails is heard of after what was begun, and is not closed", async () => {
    const { service, handle } = mockService<number, string>();
    const failure = new Error("no more");
    const source = watchedSource([1, 2], async (index) => {
      if (index === 1) throw failure;
    });
    const { responses, end } = takeAll(callAll(service, source));
    await settle();
    handle.calls[0]?.respond("one");
    expect(await end).toBe(failure);
    expect(responses).toEqual(["one"]);
    expect(source.closed).toBe(0);
  });

  test("an endless source does not keep the loop from being left, however many may run", async () => {
    const numbers = function* (): Generator<number> {
      for (let n = 0; ; n++) yield n;
    };
    const options = { concurrency: Infinity };
    for await (const response of callAll(
      serviceFn(async (n: number) => n),
      numbers(),
      options,
    )) {
      if (response === 1_000) break;
    }
  });
});

describe("concurrency", () => {
  test("256 are begun ahead of who takes, unless told otherwise", async () => {
    const { service, handle } = mockService<number, number>();
    const iterator = callAll(
      service,
      Array.from({ length: 1_000 }, (_, i) => i),
    )[Symbol.asyncIterator]();
    const first = iterator.next();
    await settle();
    expect(handle.received).toBe(256);
    for (const call of handle.calls) call.respond(call.request);
    expect(await first).toEqual({ done: false, value: 0 });
    await settle();
    expect(handle.received).toBe(257);
  });

  test("the service's own limit is kept: no call waits inside of it", async () => {
    const { service, handle } = mockService<number, number>();
    const limited = concurrencyLimit(2)(service);
    const source = watchedSource([1, 2, 3, 4, 5]);
    const { responses, end } = takeAll(callAll(limited, source, { ordered: false }));
    await settle();
    expect([source.taken, handle.received]).toEqual([2, 2]);
    while (handle.calls.length > 0) {
      handle.calls[0]?.respond(handle.calls[0].request);
      await settle();
      expect(handle.calls.length).toBeLessThanOrEqual(2);
    }
    expect(await end).toBe("done");
    expect(responses).toEqual([1, 2, 3, 4, 5]);
  });

  test("room that another takes meanwhile is waited for before the call", async () => {
    const { service, handle } = mockService<string, string>({ allow: 1 });
    const clock = virtualClock();
    const { end } = takeAll(
      callAll(
        service,
        watchedSource(["late"], () => clock.sleep(10)),
      ),
    );
    await settle();
    const other = service.call("other");
    await clock.advance(10);
    expect(handle.waiting).toBe(0);
    handle.allow(2);
    await settle();
    expect(handle.calls.map(({ request }) => request)).toEqual(["other", "late"]);
    for (const call of handle.calls) call.respond("ok");
    await clock.run();
    expect([await end, await other]).toEqual(["done", "ok"]);
  });
});

describe("failures", () => {
  test("ordered, a failure comes after the answers before it, and nothing is begun once it is known", async () => {
    const { service, handle } = mockService<number, number>();
    const source = watchedSource([1, 2, 3, 4, 5]);
    const { responses, end } = takeAll(callAll(service, source, { concurrency: 3 }));
    await settle();
    const [one, two, three] = handle.calls;
    const failure = new Error("of the second");
    two?.reject(failure);
    await settle();
    expect(responses).toEqual([]);
    one?.respond(1);
    expect(await end).toBe(failure);
    expect(responses).toEqual([1]);
    expect(source.closed).toBe(1);
    three?.respond(3);
    await settle();
    expect(handle.received).toBe(3);
  });

  test("unordered, a failure comes when it happens", async () => {
    const { service, handle } = mockService<number, number>();
    const source = watchedSource([1, 2, 3, 4]);
    const { responses, end } = takeAll(callAll(service, source, { ordered: false, concurrency: 3 }));
    await settle();
    const [one, two, three] = handle.calls;
    three?.respond(3);
    two?.reject("failed");
    expect(await end).toBe("failed");
    expect(responses).toEqual([3]);
    expect(source.closed).toBe(1);
    one?.respond(1);
    await settle();
  });

  test("after a failure it is over", async () => {
    const iterator = callAll(
      serviceFn((n: number) => Promise.reject(`no ${n}`)),
      [1, 2],
    )[Symbol.asyncIterator]();
    expect(await rejection(iterator.next())).toBe("no 1");
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test("of several who wait, the first gets the failure and the others the end", async () => {
    const { service, handle } = mockService<number, number>();
    const iterator = callAll(service, [1, 2, 3])[Symbol.asyncIterator]();
    const asked = [iterator.next(), iterator.next(), iterator.next()];
    const [first, second, third] = await (async () => {
      await settle();
      handle.calls[0]?.respond(1);
      await settle();
      handle.calls[0]?.reject("no");
      return [await asked[0], await rejection(asked[1]!), await asked[2]];
    })();
    expect(first).toEqual({ done: false, value: 1 });
    expect(second).toBe("no");
    expect(third).toEqual({ done: true, value: undefined });
  });

  test("a service that was closed ends it with ClosedError", async () => {
    const { service } = mockService<number, number>();
    await service.close();
    expect(await takeAll(callAll(service, [1])).end).toBeInstanceOf(ClosedError);
  });

  test("a service whose ready() is neither true nor a promise is one that has failed", async () => {
    for (const [answer, said] of [
      [undefined, "undefined"],
      [false, "false"],
      [{}, "[object Object]"],
    ] as const) {
      let asked = 0;
      const source = watchedSource([1, 2]);
      const { service, handle } = mockService<number, string>();
      // Once before a request is taken, once before it is called.
      const ready = (): never => {
        asked += 1;
        if (asked > 50) throw new Error("asks without end");
        return (asked <= 2 ? true : answer) as never;
      };
      const call = (request: number): Promise<string> => service.call(request);
      const { responses, end } = takeAll(callAll({ ready, call }, source, { concurrency: 2 }));
      await settle();
      handle.calls[0]?.respond("one");
      const error = await end;
      expect(error).toBeInstanceOf(EndpointError);
      expect((error as Error).message).toBe(`ready() returned ${said}, neither true nor a promise`);
      expect([responses, source.closed, asked]).toEqual([["one"], 1, 3]);
    }
  });

  test("a source that fails to close hides no failure", async () => {
    const source = { ...watchedSource([1]) };
    const broken = {
      [Symbol.asyncIterator]: () => ({
        ...source[Symbol.asyncIterator](),
        next: async () => ({ done: false as const, value: 1 }),
        return: () => Promise.reject(new Error("cannot close")),
      }),
    };
    expect(
      await takeAll(
        callAll(
          serviceFn((_: number) => Promise.reject("first")),
          broken,
        ),
      ).end,
    ).toBe("first");
  });
});

describe("an abort", () => {
  test("before the start takes nothing and rejects with the reason", async () => {
    const source = watchedSource([1]);
    const { service, handle } = mockService<number, number>();
    expect(await takeAll(callAll(service, source, { signal: AbortSignal.abort("why") })).end).toBe("why");
    expect([source.taken, source.closed, handle.received]).toEqual([0, 1, 0]);
  });

  test("while it runs rejects at once, reaches the calls in flight and closes the source", async () => {
    const { service, handle } = mockService<number, number>();
    const source = watchedSource([1, 2, 3]);
    const controller = new AbortController();
    const { responses, end } = takeAll(callAll(service, source, { signal: controller.signal, concurrency: 2 }));
    await settle();
    handle.calls[0]?.respond(1);
    await settle();
    const inFlight = handle.calls;
    controller.abort("enough");
    expect(await end).toBe("enough");
    expect(responses).toEqual([1]);
    expect(inFlight.map(({ signal }) => signal?.aborted)).toEqual([true, true]);
    expect([handle.calls.length, handle.received, source.closed]).toEqual([0, 3, 1]);
  });

  test("while the service has no room, or the source no request, rejects at once", async () => {
    const busy = mockService<number, number>({ allow: 0 });
    const clock = virtualClock();
    for (const [service, source] of [
      [busy.service, watchedSource([1])],
      [mockService<number, number>().service, watchedSource([1], () => clock.sleep(1e9))],
    ] as const) {
      const controller = new AbortController();
      const { end } = takeAll(callAll(service, source, { signal: controller.signal }));
      await settle();
      controller.abort("enough");
      expect(await end).toBe("enough");
      expect(source.closed).toBe(1);
    }
    busy.handle.allow(5);
    await clock.run();
    expect(busy.handle.received).toBe(0);
  });

  test("with nobody waiting, who asks next gets the reason, whatever had come before", async () => {
    const { service, handle } = mockService<number, number>();
    const controller = new AbortController();
    const iterator = callAll(service, [1, 2], { signal: controller.signal })[Symbol.asyncIterator]();
    const first = iterator.next();
    await settle();
    for (const call of handle.calls) call.respond(call.request);
    expect(await first).toEqual({ done: false, value: 1 });
    controller.abort("enough");
    expect(await rejection(iterator.next())).toBe("enough");
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });
});

test("however it ends, no listener is left on the signal", async () => {
  const { signal } = new AbortController();
  const count = (): number => getEventListeners(signal, "abort").length;
  const open = (service: Service<number, number>): AsyncIterator<number> =>
    callAll(service, [1, 2], { signal })[Symbol.asyncIterator]();
  const works: Service<number, number> = { ready: () => true, call: async (n) => n };
  const fails: Service<number, number> = { ready: () => true, call: () => Promise.reject("no") };

  await takeAll(callAll(works, [1, 2], { signal })).end;
  expect(count()).toBe(0);
  expect(await rejection(open(fails).next())).toBe("no");
  expect(count()).toBe(0);
  const left = open(works);
  await left.next();
  expect(count()).toBe(1);
  await left.return?.();
  expect(count()).toBe(0);
  const never = open(works);
  await never.return?.();
  await never.next();
  expect(count()).toBe(0);
});

describe("return()", () => {
  test("works while a next() is pending, which is done then", async () => {
    const { service } = mockService<number, number>({ allow: 0 });
    const iterator = callAll(service, [1])[Symbol.asyncIterator]();
    const pending = iterator.next();
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test("waits until the source has closed, and fails as that does", async () => {
    const clock = virtualClock();
    const { service } = mockService<number, number>({ allow: 0 });
    for (const asked of [false, true]) {
      const source = {
        [Symbol.asyncIterator]: () => ({
          next: async () => ({ done: true as const, value: undefined }),
          return: () => clock.sleep(10).then(() => Promise.reject("cannot close")),
        }),
      };
      const iterator = callAll(service, source)[Symbol.asyncIterator]();
      const pending = asked ? iterator.next() : undefined;
      const left = rejection(iterator.return?.() ?? Promise.resolve());
      await clock.run();
      expect(await left).toBe("cannot close");
      if (asked) expect(await pending).toEqual({ done: true, value: undefined });
    }
  });

  test("does not wait for an async generator that is busy", async () => {
    const never = async function* (): AsyncGenerator<number> {
      await new Promise(() => {});
      yield 1;
    };
    const iterator = callAll(mockService<number, number>().service, never())[Symbol.asyncIterator]();
    const pending = iterator.next();
    await settle();
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
    expect(await pending).toEqual({ done: true, value: undefined });
  });

  test("closes a source once, and one that has ended not at all", async () => {
    const { service } = mockService<number, number>();
    for (const [items, closed] of [
      [[1], 0],
      [[1, 2, 3], 1],
    ] as const) {
      const source = watchedSource<number>(items);
      const iterator = callAll(service, source, { concurrency: 2 })[Symbol.asyncIterator]();
      const pending = iterator.next();
      await settle();
      await iterator.return?.();
      await iterator.return?.();
      await pending;
      expect(source.closed).toBe(closed);
    }
  });
});

test.each([5, null, undefined, "x"])(
  "a source whose step is %o, no object, fails, and nothing is called",
  async (step) => {
    let calls = 0;
    const service = serviceFn(async () => {
      calls += 1;
    });
    const source = { [Symbol.asyncIterator]: () => ({ next: async () => step }) };
    const error = await rejection(
      callAll(service, source as never)
        [Symbol.asyncIterator]()
        .next(),
    );
    expect(String(error)).toBe(
      `InvalidOptionError: a step of requests: expected an object, got ${step === "x" ? '"x"' : step}`,
    );
    expect(calls).toBe(0);
  },
);

describe("what is wrong is said at once", () => {
  const service = serviceFn(async (n: number) => n);
  test.each([
    [() => callAll(service, [], { concurrency: 0 }), "concurrency: expected a whole number from 1, got 0"],
    [() => callAll(service, [], { concurrency: 1.5 }), "concurrency: expected a whole number from 1, got 1.5"],
    [() => callAll(service, [], { concurrency: Number.NaN }), "concurrency: expected a whole number from 1, got NaN"],
    [() => callAll(service, 5 as never), "requests: expected an iterable or async iterable, got 5"],
    [() => callAll(service, undefined as never), "requests: expected an iterable or async iterable, got undefined"],
    [() => callAll(service, [], null as never), "options: expected an object, got null"],
    [() => callAll(service, [], { ordered: "5" as never }), 'ordered: expected true or false, got "5"'],
    [() => callAll(service, [], { ordered: null as never }), "ordered: expected true or false, got null"],
    [
      () => callAll(service, [], { signal: {} as never }),
      "signal: expected an object with addEventListener() and removeEventListener(), got an object",
    ],
    [
      () => callAll(service, [], { signal: null as never }),
      "signal: expected an object with addEventListener() and removeEventListener(), got null",
    ],
    [() => callAll({} as never, []), "service: expected an object with ready() and call(), got an object"],
  ])("%o", (wrong, message) => {
    const error = thrown(wrong);
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(String(error)).toBe(`InvalidOptionError: ${message}`);
  });
});
