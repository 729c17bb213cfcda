// stack: several layers as one.

import { InvalidOptionError } from "@bal/errors";
import { concurrencyLimit, type Layer, type Service, serviceFn, stack } from "@bal/service";
import { mockService } from "@bal/service/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { thrown } from "./support/rejection.ts";

const marking =
  (mark: string): Layer<Service<string, string>> =>
  (inner) => ({
    ready: () => inner.ready(),
    call: async (request, options) => `${await inner.call(request + mark, options)}${mark}`,
  });

describe("stack", () => {
  test("puts the first outermost: it sees the request first and the response last", async () => {
    const service = stack(marking("a"), marking("b"), marking("c"))(serviceFn(async (s: string) => `${s}|`));
    expect(await service.call(">")).toBe(">abc|cba");
  });

  test("of none changes nothing", () => {
    const { service } = mockService<string, string>();
    expect(stack<Service<string, string>>()(service)).toBe(service);
  });

  test("is what the layers make one after the other, however they are grouped", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2 }), { maxLength: 8 }), fc.nat(8), (marks, at) => {
        const layers = marks.map(
          (mark): Layer<string> =>
            (inner) =>
              `(${mark}${inner})`,
        );
        const flat = stack(...layers)("|");
        expect(flat).toBe(layers.reduceRight((inner, layer) => layer(inner), "|"));
        expect(stack(stack(...layers.slice(0, at)), stack(...layers.slice(at)))("|")).toBe(flat);
      }),
      { seed: 20_241_124 },
    );
  });

  test("makes a new service each time", () => {
    const limits = stack(concurrencyLimit(1), concurrencyLimit(2));
    const { service } = mockService<number>();
    const one = limits(service);
    void one.call(1);
    expect(one.ready()).not.toBe(true);
    expect(limits(service).ready()).toBe(true);
  });

  test("says which is no layer", () => {
    const error = thrown(() => stack(marking("a"), "b" as never));
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect((error as Error).message).toBe('layers[1]: expected a function, got "b"');
  });
});
