// B4 of the conformance list: random histories against a plain model, and the laws that hold in each of them.

import { isBalError } from "@bal/errors";
import { balance, p2c } from "@bal/p2c";
import { seededRandom, settle } from "@bal/service/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { handFed, type MockEndpoint, mockEndpoint } from "./support/hand-fed.ts";

test("B4: 100,000 rounds of random readiness, calls, inserts, removals and failures: ready only if an endpoint is, never an error, one endpoint a request", async () => {
  const random = seededRandom(4);
  const below = (n: number): number => Math.floor(random() * n);
  const source = handFed<number, MockEndpoint["service"]>();
  const balanced = balance(source.discover, { picker: p2c({ random }) });
  const alive = new Map<number, { endpoint: MockEndpoint; ready: boolean }>();
  // Failed while ready: found out, and dropped, when next asked.
  let lurking = 0;
  let nextKey = 0;
  let sent = 0;
  for (let round = 0; round < 100_000; round += 1) {
    for (let actions = below(8); actions > 0; actions -= 1) {
      const keys = [...alive.keys()];
      const key = keys[below(keys.length)];
      const member = key === undefined ? undefined : alive.get(key);
      const action = below(8);
      if (action === 0 && alive.size < 12) {
        const endpoint = mockEndpoint({ allow: 0, load: below(4) });
        alive.set(nextKey, { endpoint, ready: false });
        source.insert(nextKey, endpoint.service);
        nextKey += 1;
      } else if (member === undefined || key === undefined) {
      } else if (action === 1) {
        alive.delete(key);
        source.remove(key);
      } else if (action === 2) {
        alive.delete(key);
        if (member.ready) lurking += 1;
        member.endpoint.handle.fail(new Error("failed"));
      } else if (action < 6) {
        member.ready = true;
        member.endpoint.load = below(4);
        member.endpoint.handle.allow(1);
      }
    }
    await settle();
    const isReady = balanced.ready() === true;
    expect(isReady).toBe([...alive.values()].some(({ ready }) => ready));
    await settle();
    lurking = Math.min(lurking, balanced.size - alive.size);
    expect(lurking).toBe(balanced.size - alive.size);
    if (isReady && below(4) === 0) {
      const answer = balanced.call(String(round));
      sent += 1;
      const took = [...alive.values()].filter(({ endpoint }) => endpoint.handle.calls.length > 0);
      expect(took.length).toBe(1);
      expect(took[0]?.ready).toBe(true);
      took[0]?.endpoint.handle.calls[0]?.respond("answer");
      if (took[0] !== undefined) took[0].ready = false;
      expect(await answer).toBe("answer");
    }
  }
  expect(sent).toBeGreaterThan(5_000);
}, 120_000);

type Step =
  | { do: "insert"; key: number; allow: number }
  | { do: "insertAgain" | "remove" | "fail" | "answer" | "reject" | "abort"; at: number }
  | { do: "allow"; at: number; n: number }
  | { do: "call" | "end" | "close" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("insert" as const), key: fc.nat(3), allow: fc.nat(2) }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant("call" as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("allow" as const), at: fc.nat(9), n: fc.nat(3) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constantFrom("insertAgain", "remove", "fail", "answer", "answer", "answer", "reject", "abort"),
      at: fc.nat(9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("end" as const, "close" as const) }) },
);

test("in every history each call settles once, nothing is over the queue's limit, and each service is closed once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 4 }), async (steps, maxQueue) => {
      const source = handFed<number, MockEndpoint["service"]>();
      const balanced = balance(source.discover, { maxQueue, picker: p2c({ random: seededRandom(maxQueue) }) });
      const endpoints: { endpoint: MockEndpoint; key: number; failed: boolean }[] = [];
      const calls: { settled: number; abort: AbortController }[] = [];
      const errors: unknown[] = [];
      for (const action of steps) {
        const endpoint = "at" in action ? endpoints[action.at % Math.max(1, endpoints.length)] : undefined;
        if (action.do === "insert") {
          const fresh = { endpoint: mockEndpoint({ allow: action.allow }), key: action.key, failed: false };
          endpoints.push(fresh);
          source.insert(fresh.key, fresh.endpoint.service);
        } else if (action.do === "insertAgain") {
          // Only what is still open may come again.
          if (endpoint?.endpoint.handle.closed === 0 && !endpoint.failed && endpoint === endpoints.at(-1)) {
            source.insert(endpoint.key, endpoint.endpoint.service);
          }
        } else if (action.do === "remove") {
          source.remove(action.at % 4);
        } else if (action.do === "fail" && endpoint !== undefined) {
          endpoint.failed = true;
          endpoint.endpoint.handle.fail(new Error("failed for good"));
        } else if (action.do === "allow") {
          endpoint?.endpoint.handle.allow(action.n);
        } else if (action.do === "answer") {
          endpoint?.endpoint.handle.calls[0]?.respond("answer");
        } else if (action.do === "reject") {
          endpoint?.endpoint.handle.calls[0]?.reject(new Error("an error answer"));
        } else if (action.do === "abort") {
          calls[action.at % Math.max(1, calls.length)]?.abort.abort(new Error("the caller's own"));
        } else if (action.do === "call") {
          const call = { settled: 0, abort: new AbortController() };
          calls.push(call);
          const before = balanced.queued;
          balanced.call("x", { signal: call.abort.signal }).then(
            () => (call.settled += 1),
            (error: unknown) => {
              call.settled += 1;
              errors.push(error);
            },
          );
          expect(balanced.queued).toBeLessThanOrEqual(Math.max(before, maxQueue));
        } else if (action.do === "end") {
          source.end();
        } else {
          balanced.close().catch((error: unknown) => errors.push(error));
        }
        await settle();
        // Nothing waits beside an endpoint that is ready.
        if (balanced.queued > 0) expect(balanced.readySize).toBe(0);
      }
      const closing = balanced.close();
      await settle();
      for (const { endpoint } of endpoints) for (const call of endpoint.handle.calls) call.respond("at last");
      await closing;
      expect(calls.every(({ settled }) => settled === 1)).toBe(true);
      for (const { endpoint } of endpoints) {
        expect(endpoint.handle.closed).toBe(source.handedOver.has(endpoint.service) ? 1 : 0);
      }
      for (const error of errors) {
        const known = isBalError(error) || /failed for good|an error answer|caller's own|mock/.test(String(error));
        expect(known, String(error)).toBe(true);
      }
    }),
    { numRuns: 300, seed: 20 },
  );
});
