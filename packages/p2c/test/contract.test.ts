// The balance is a service and p2c a picker: the suites that every one of them runs.

import { list } from "@bal/discover";
import { constant, pendingRequests } from "@bal/load";
import { balance, p2c } from "@bal/p2c";
import { pickerContract, serviceContract } from "@bal/service/testing";
import { describe, test } from "vitest";

describe("a balance is a service", () => {
  for (const { name, run } of serviceContract((backend) => balance(list([constant(1)(backend)])))) test(name, run);
});

describe("a balance over a load that tells is a service", () => {
  for (const { name, run } of serviceContract((backend) => balance(list([pendingRequests()(backend)]))))
    test(name, run);
});

for (const choices of [1, 2, 5]) {
  describe(`p2c with ${choices} choices is a picker`, () => {
    for (const { name, run } of pickerContract((random) => p2c({ choices, random }))) test(name, run);
  });
}
