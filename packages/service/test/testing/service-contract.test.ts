// serviceContract finds what breaks the contract of a service.

import { type CallOptions, concurrencyLimit, type Service } from "@bal/service";
import { serviceContract } from "@bal/service/testing";
import { describe, expect, test } from "vitest";
import { brokenCases } from "../support/broken-cases.ts";

type Inner = Service<number, string>;

const like = (inner: Inner, change: Partial<Inner>): Inner => ({
  ready: () => inner.ready(),
  call: (request, options) => inner.call(request, options),
  close: async () => inner.close?.(),
  ...change,
});

function hasRoom(inner: Inner): boolean {
  const ready = inner.ready();
  if (ready !== true) ready.catch(() => {});
  return ready === true;
}

/** A queue of its own in front of `inner`, served last come first. */
function lastComeFirst(inner: Inner): Inner {
  const waiting: (() => void)[] = [];
  const next = async (): Promise<void> => {
    const ready = inner.ready();
    if (ready !== true) await ready;
    waiting.pop()?.();
  };
  return like(inner, {
    call: (request, options) =>
      hasRoom(inner)
        ? inner.call(request, options)
        : new Promise((resolve, reject) => {
            waiting.push(() => inner.call(request, options).then(resolve, reject));
            next().catch(reject);
          }),
  });
}

const mistakes: readonly [mistake: string, found: string, make: (inner: Inner) => Inner][] = [
  [
    "a question that sends",
    "asking ready() sends nothing",
    (inner) =>
      like(inner, {
        ready: () => {
          inner.call(0).catch(() => {});
          return inner.ready();
        },
      }),
  ],
  [
    "a start that is put off",
    "a call after ready() === true starts in the same run",
    (inner) => like(inner, { call: (request, options) => Promise.resolve().then(() => inner.call(request, options)) }),
  ],
  [
    "a failure that is wrapped",
    "the failure of a call is its own",
    (inner) =>
      like(inner, {
        call: async (request, options) => {
          try {
            return await inner.call(request, options);
          } catch (error) {
            throw new Error("wrapped", { cause: error });
          }
        },
      }),
  ],
  ["a queue served last come first", "calls that wait start first come, first served", lastComeFirst],
  [
    "a signal that is not passed on",
    "an abort in flight reaches the work and rejects with the reason",
    (inner) => like(inner, { call: (request) => inner.call(request) }),
  ],
  [
    "an abort that rejects with an error of one's own",
    "an abort before the start rejects with the reason, unsent",
    (inner) =>
      like(inner, {
        call: (request, options) =>
          options?.signal?.aborted ? Promise.reject(new Error("aborted")) : inner.call(request, options),
      }),
  ],
  [
    "an abort in the queue that is only seen later",
    "an abort while waiting rejects with the reason and frees the turn",
    (inner) =>
      like(inner, {
        call: async (request, options) => {
          for (let ready = inner.ready(); ready !== true; ready = inner.ready()) await ready;
          return inner.call(request, options);
        },
      }),
  ],
  [
    "a listener that is left",
    "a call that has settled leaves no listener on its signal",
    (inner) =>
      like(inner, {
        call: (request, options?: CallOptions) => {
          options?.signal?.addEventListener("abort", () => {});
          return inner.call(request, options);
        },
      }),
  ],
  [
    "a call that is lost when several wait",
    "every call settles once, in whatever order things happen",
    (inner) => {
      let waiting = 0;
      return like(inner, {
        call: async (request, options) => {
          if (hasRoom(inner)) return inner.call(request, options);
          waiting += 1;
          if (waiting > 4) return new Promise(() => {});
          try {
            return await inner.call(request, options);
          } finally {
            waiting -= 1;
          }
        },
      });
    },
  ],
  [
    "a readiness that is a guess",
    "ready() without room is a promise that waits for room",
    (inner) => like(inner, { ready: () => true }),
  ],
  [
    "a promise that resolves without a change",
    "ready() without room is a promise that waits for room",
    (inner) => like(inner, { ready: () => (hasRoom(inner) ? true : Promise.resolve()) }),
  ],
  [
    "a failure for good that is kept back",
    "a service that fails for good rejects who waits and who comes",
    (inner) =>
      like(inner, {
        ready: () => {
          const ready = inner.ready();
          return ready === true ? true : ready.catch(() => new Promise(() => {}));
        },
      }),
  ],
  [
    "a close that does not wait",
    "close() lets what runs finish, and resolves then",
    (inner) => like(inner, { close: async () => void inner.close?.() }),
  ],
  [
    "a close that leaves what is below open",
    "close() lets what runs finish, and resolves then",
    (inner) => like(inner, { close: async () => {} }),
  ],
  [
    "a close that comes first, before an abort",
    "after close() an aborted signal still goes first",
    (inner) => {
      let closed = false;
      return like(inner, {
        call: (request, options) => inner.call(request, closed ? {} : options),
        close: async () => {
          closed = true;
          await inner.close?.();
        },
      });
    },
  ],
  [
    "a second close that never ends",
    "close() may be called again",
    (inner) => {
      let closed = false;
      return like(inner, {
        close: () => {
          if (closed) return new Promise(() => {});
          closed = true;
          return inner.close?.() ?? Promise.resolve();
        },
      });
    },
  ],
  [
    "waiting calls that a close forgets",
    "a closed service rejects who waits and who comes with ClosedError",
    (inner) => {
      const limited = concurrencyLimit(1)(inner);
      return like(limited, {
        call: async (request, options) => (hasRoom(limited) ? limited.call(request, options) : new Promise(() => {})),
      });
    },
  ],
];

describe("serviceContract", () => {
  test.each(mistakes)("finds %s", async (_, found, make) => {
    expect(await brokenCases(serviceContract(make))).toContain(found);
  });

  test("finds nothing where there is nothing", async () => {
    expect(await brokenCases(serviceContract((inner) => like(inner, {})))).toEqual([]);
  });

  test("has a mistake that it finds for each of its cases", () => {
    const names = serviceContract((inner) => inner).map(({ name }) => name);
    expect(new Set(mistakes.map(([, found]) => found))).toEqual(new Set(names));
  });
});
