// Expected delay, each rule with numbers reckoned by hand.

import { expectedDelay } from "@bal/load";
import { loadContract, serviceContract } from "@bal/service/testing";
import { describe, test } from "vitest";

describe("expectedDelay is a load", () => {
  for (const { name, run } of loadContract((now) => expectedDelay({ now }))) test(name, run);
});
describe("expectedDelay is a service", () => {
  for (const { name, run } of serviceContract((backend) => expectedDelay()(backend))) test(name, run);
});
