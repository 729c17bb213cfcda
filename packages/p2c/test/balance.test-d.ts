// What infers without annotation, and what must not compile.

import { list, mapEndpoints } from "@bal/discover";
import { peakEwma, pendingRequests } from "@bal/load";
import { type Balance, balance, makeBalance, p2c } from "@bal/p2c";
import { type Endpoint, type Picker, type Service, serviceFn } from "@bal/service";
import { expectTypeOf, test } from "vitest";

const plain = serviceFn(async (n: number) => String(n));

test("request, response and key infer from the endpoints", () => {
  const balanced = balance(list([peakEwma()(plain)]));
  expectTypeOf(balanced).toEqualTypeOf<Balance<number, number, string>>();
  expectTypeOf(balanced.call(1)).toEqualTypeOf<Promise<string>>();
  const mapped = balance(mapEndpoints(list([plain]), pendingRequests()), { picker: p2c({ choices: 3 }) });
  expectTypeOf(mapped).toEqualTypeOf<Balance<number, number, string>>();
  // @ts-expect-error a request of another type
  void balanced.call("1");
});

test("an endpoint without a load does not compile under p2c()", () => {
  // @ts-expect-error there is no load to compare
  balance(list([plain]));
  // @ts-expect-error nor when p2c is named
  balance(list([plain]), { picker: p2c() });
});

test("it does compile under a picker that asks for none", () => {
  const any = <K, S>(): Picker<Endpoint<K, S>> => ({ add() {}, delete() {}, pick: () => undefined });
  expectTypeOf(balance(list([plain]), { picker: any() })).toEqualTypeOf<Balance<number, number, string>>();
});

test("makeBalance infers the target", () => {
  const make = makeBalance(serviceFn(async (target: URL) => list([pendingRequests()(plain)]) ?? target));
  expectTypeOf(make).toEqualTypeOf<Service<URL, Balance<number, number, string>>>();
});

test("the observer's keys are those of the discover", () => {
  balance(list([pendingRequests()(plain)]), {
    observer: { failed: (key) => expectTypeOf(key).toEqualTypeOf<number>() },
  });
  // @ts-expect-error keys are numbers here
  balance(list([pendingRequests()(plain)]), { observer: { failed: (key: string) => key } });
});
