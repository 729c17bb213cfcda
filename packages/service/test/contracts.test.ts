// The parts that are services keep the contract of one.

import { concurrencyLimit, serviceFn, stack } from "@bal/service";
import { serviceContract } from "@bal/service/testing";
import { describe, test } from "vitest";

describe("mockService is a service", () => {
  for (const { name, run } of serviceContract((backend) => backend)) test(name, run);
});

describe("serviceFn makes a service, one that is always ready", () => {
  const cases = serviceContract((backend) => serviceFn((request, options) => backend.call(request, options)), {
    showsRoom: false,
    fails: false,
    closes: false,
  });
  for (const { name, run } of cases) test(name, run);
});

describe("concurrencyLimit makes a service of a service", () => {
  for (const { name, run } of serviceContract((backend) => concurrencyLimit(3)(backend))) test(name, run);
});

describe("a stack of limits makes a service of a service", () => {
  const limits = stack(concurrencyLimit(4), concurrencyLimit(3));
  for (const { name, run } of serviceContract((backend) => limits(backend))) test(name, run);
});
