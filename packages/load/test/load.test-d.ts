// What infers, and what must not compile.

import {
  type Completion,
  constant,
  expectedDelay,
  httpFailure,
  type Outcome,
  onBody,
  peakEwma,
  pendingRequests,
  weighted,
} from "@bal/load";
import { concurrencyLimit, type Layer, type Load, type Service, serviceFn, stack } from "@bal/service";
import { expectTypeOf, test } from "vitest";

const double = serviceFn(async (n: number) => `${n * 2}`);
const http = serviceFn((url: string) => fetch(url));

test("a layer keeps the request and the response of what it wraps", () => {
  expectTypeOf(constant(1)(double)).toEqualTypeOf<Service<number, string> & Load>();
  expectTypeOf(pendingRequests()(double)).toEqualTypeOf<Service<number, string> & Load>();
  expectTypeOf(peakEwma({ decayMs: 5 })(double)).toEqualTypeOf<Service<number, string> & Load>();
  expectTypeOf(expectedDelay()(double)).toEqualTypeOf<Service<number, string> & Load>();
  expectTypeOf(weighted(2)(peakEwma()(double))).toEqualTypeOf<Service<number, string> & Load>();
  expectTypeOf([1, 2].map(() => double).map(peakEwma())).toEqualTypeOf<(Service<number, string> & Load)[]>();
});

test("a weight over a measure, and a limit under both, in a stack", () => {
  expectTypeOf(stack(weighted(2), peakEwma())(double)).toEqualTypeOf<Service<number, string> & Load>();
  const limit = concurrencyLimit(8);
  expectTypeOf(stack(weighted(2), peakEwma(), limit)(double)).toEqualTypeOf<Service<number, string> & Load>();
  expectTypeOf(stack(weighted(2), constant(1), limit, limit)(http)).toEqualTypeOf<Service<string, Response> & Load>();
  const ofBodies = peakEwma({ completion: onBody });
  expectTypeOf(stack(weighted(2), ofBodies)(http)).toEqualTypeOf<Service<string, Response> & Load>();
  expectTypeOf(stack(weighted(2), ofBodies, limit)(http)).toEqualTypeOf<Service<string, Response> & Load>();
  // @ts-expect-error a string is no Response
  stack(weighted(2), ofBodies)(double);
});

test("onBody and httpFailure are for fetch's Response", () => {
  const measured = peakEwma({ completion: onBody, failed: httpFailure });
  expectTypeOf(measured(http)).toEqualTypeOf<Service<string, Response> & Load>();
  expectTypeOf(pendingRequests({ completion: onBody })(http)).toEqualTypeOf<Service<string, Response> & Load>();
  expectTypeOf(expectedDelay({ failed: httpFailure })(http)).toEqualTypeOf<Service<string, Response> & Load>();
  // @ts-expect-error a string is no Response
  measured(double);
  // @ts-expect-error a string has no status
  peakEwma({ failed: httpFailure })(double);
});

test("a completion and a rule of one's own", () => {
  const whole: Completion<string> = (response, complete) => {
    complete();
    return response;
  };
  pendingRequests({ completion: whole })(double);
  peakEwma({ failed: ({ response }: Outcome<string>) => response === "" })(double);
  // @ts-expect-error a service of strings is no service of Responses
  pendingRequests({ completion: whole })(http);
  // @ts-expect-error a penalty is a number
  peakEwma({ failed: () => "1000" });
});

test("weighted needs a load below", () => {
  // @ts-expect-error double has none
  weighted(2)(double);
});

test("options are read only, and named", () => {
  // @ts-expect-error no such option
  peakEwma({ decay: 5 });
  // @ts-expect-error a constant needs its load
  constant();
});

test("a load stacks on what connects", () => {
  const connect = (origin: string) => serviceFn(async (path: string) => `${origin}${path}`);
  expectTypeOf(stack(peakEwma(), connect)("http://a")).toEqualTypeOf<Service<string, string> & Load>();
  const limit = concurrencyLimit(8);
  expectTypeOf(stack(peakEwma(), limit, connect)("http://a")).toEqualTypeOf<Service<string, string> & Load>();
  expectTypeOf(stack(weighted(2), peakEwma(), limit, connect)("http://a")).toEqualTypeOf<
    Service<string, string> & Load
  >();
});

test("a load keeps its place in a stack with a layer for one kind of service", () => {
  const limit = concurrencyLimit(8);
  const shout: Layer<Service<number, string>> = (inner) => inner;
  const parsed: Layer<Service<number, string>, Service<number, Date>> = (inner) => ({
    ready: () => inner.ready(),
    call: async (request) => new Date(await inner.call(request)),
  });
  expectTypeOf(stack(peakEwma(), limit, shout)(double)).toEqualTypeOf<Service<number, string> & Load>();
  expectTypeOf(stack(peakEwma(), shout, limit)(double)).toEqualTypeOf<Service<number, string> & Load>();
  expectTypeOf(stack(weighted(2), peakEwma(), limit, shout)(double)).toEqualTypeOf<Service<number, string> & Load>();
  expectTypeOf(stack(peakEwma(), parsed, limit)(double)).toEqualTypeOf<Service<number, Date> & Load>();
  // @ts-expect-error it gives dates, and the one around it wants strings
  stack(shout, limit, parsed)(double);
});
