// waitingLine: first come first served, and an abort leaves at once.

import { type WaitingLine, waitingLine } from "@bal/service";
import { settle } from "@bal/service/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rejection } from "./support/rejection.ts";

describe("waitingLine", () => {
  test("settles a call as the response does that it was started with", async () => {
    const line = waitingLine<string, number>();
    const [one, two, three] = [line.add("one"), line.add("two"), line.add("three")];
    line.shift()?.start(Promise.resolve(1));
    line.shift()?.start(Promise.reject("failed"));
    line.shift()?.reject("refused");
    expect(await one).toBe(1);
    expect(await rejection(two)).toBe("failed");
    expect(await rejection(three)).toBe("refused");
    expect([line.size, line.shift()]).toEqual([0, undefined]);
  });

  test("hands out the request and the options as they came", () => {
    const line = waitingLine<object, void>();
    const [request, options] = [{}, { signal: new AbortController().signal }];
    void line.add(request, options);
    void line.add(request);
    expect(line.shift()).toMatchObject({ request, options });
    expect(line.shift()?.options).toBeUndefined();
  });

  test("does not let in a call that was aborted before", async () => {
    const line = waitingLine<string, void>();
    expect(await rejection(line.add("late", { signal: AbortSignal.abort("why") }))).toBe("why");
    expect(line.size).toBe(0);
  });

  test("leaves the signal of a started call to the one who started it", async () => {
    const line = waitingLine<string, string>();
    const controller = new AbortController();
    const answer = line.add("one", { signal: controller.signal });
    line.shift()?.start(settle().then(() => "done"));
    controller.abort();
    expect(await answer).toBe("done");
  });

  test("rejects everyone at once", async () => {
    const line = waitingLine<number, void>();
    const failed = Promise.all([1, 2, 3].map((n) => rejection(line.add(n))));
    line.rejectAll("over");
    expect(line.size).toBe(0);
    expect(await failed).toEqual(["over", "over", "over"]);
  });
});

/** The line, next to an array that does the same. */
interface Model {
  readonly waiting: { readonly request: number; readonly controller: AbortController }[];
  readonly expected: Map<number, unknown>;
}

interface Real {
  readonly line: WaitingLine<number, string>;
  readonly outcomes: Map<number, unknown>;
}

class Add implements fc.Command<Model, Real> {
  check = (): boolean => true;
  run(model: Model, { line, outcomes }: Real): void {
    const request = model.expected.size;
    const controller = new AbortController();
    const settled = (outcome: unknown): void => {
      expect(outcomes.has(request)).toBe(false);
      outcomes.set(request, outcome);
    };
    line.add(request, { signal: controller.signal }).then(settled, settled);
    model.waiting.push({ request, controller });
    model.expected.set(request, undefined);
    expect(line.size).toBe(model.waiting.length);
  }
  toString = (): string => "add";
}

class Shift implements fc.Command<Model, Real> {
  readonly #way: "start" | "fail" | "reject";
  constructor(way: "start" | "fail" | "reject") {
    this.#way = way;
  }
  check = (): boolean => true;
  run(model: Model, { line }: Real): void {
    const call = line.shift();
    const first = model.waiting.shift();
    expect(call?.request).toBe(first?.request);
    expect(line.size).toBe(model.waiting.length);
    if (call === undefined) return;
    if (this.#way === "reject") call.reject("rejected");
    else call.start(this.#way === "start" ? Promise.resolve("started") : Promise.reject("failed"));
    model.expected.set(call.request, { start: "started", fail: "failed", reject: "rejected" }[this.#way]);
    // From here on the line has nothing to do with the signal.
    first?.controller.abort("too late");
  }
  toString = (): string => this.#way;
}

class Abort implements fc.Command<Model, Real> {
  readonly #which: number;
  constructor(which: number) {
    this.#which = which;
  }
  check = ({ waiting }: Readonly<Model>): boolean => waiting.length > 0;
  run(model: Model, { line }: Real): void {
    const [call] = model.waiting.splice(this.#which % model.waiting.length, 1);
    if (call === undefined) return;
    call.controller.abort(`aborted ${call.request}`);
    model.expected.set(call.request, `aborted ${call.request}`);
    expect(line.size).toBe(model.waiting.length);
  }
  toString = (): string => `abort(${this.#which})`;
}

class RejectAll implements fc.Command<Model, Real> {
  check = (): boolean => true;
  run(model: Model, { line }: Real): void {
    line.rejectAll("over");
    for (const { request } of model.waiting.splice(0)) model.expected.set(request, "over");
    expect(line.size).toBe(0);
  }
  toString = (): string => "rejectAll";
}

test("does what an array would, whatever comes, goes and is aborted in whatever order", async () => {
  const commands = fc.commands(
    [
      fc.constant(new Add()),
      fc.constant(new Add()),
      fc.constantFrom("start" as const, "fail" as const, "reject" as const).map((way) => new Shift(way)),
      fc.nat(20).map((which) => new Abort(which)),
      fc.constant(new RejectAll()),
    ],
    { size: "+1" },
  );
  await fc.assert(
    fc.asyncProperty(commands, async (script) => {
      const model: Model = { waiting: [], expected: new Map() };
      const real: Real = { line: waitingLine(), outcomes: new Map() };
      fc.modelRun(() => ({ model, real }), script);
      new RejectAll().run(model, real);
      await settle();
      expect([...real.outcomes].sort()).toEqual([...model.expected].sort());
    }),
    { numRuns: 500, seed: 20_241_124 },
  );
});
