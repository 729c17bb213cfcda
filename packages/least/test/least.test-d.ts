// What infers without annotation, and what must not compile.

import { list } from "@bal/discover";
import { least } from "@bal/least";
import { expectedDelay } from "@bal/load";
import { type Balance, balance } from "@bal/p2c";
import { serviceFn } from "@bal/service";
import { expectTypeOf, test } from "vitest";

const plain = serviceFn(async (n: number) => String(n));

test("least takes its endpoints from the balance", () => {
  const balanced = balance(list([expectedDelay()(plain)]), { picker: least() });
  expectTypeOf(balanced).toEqualTypeOf<Balance<number, number, string>>();
});

test("an endpoint without a load does not compile", () => {
  // @ts-expect-error there is no load to compare
  balance(list([plain]), { picker: least() });
});

test("options are checked", () => {
  // @ts-expect-error a number is no source of chance
  least({ random: 0.5 });
});
