// Endpoints that are worth several.

import { list } from "@bal/discover";
import { constant, peakEwma, pendingRequests, weighted } from "@bal/load";
import { balance, p2c } from "@bal/p2c";
import { type Load, type Service, serviceFn } from "@bal/service";
import { loadContract, seededRandom, serviceContract, virtualClock } from "@bal/service/testing";
import { describe, expect, test } from "vitest";

describe("weighted is a load", () => {
  const layerOf = (now: () => number) => {
    const measured = peakEwma({ now });
    return (inner: Service<number, string>) => weighted(3)(measured(inner));
  };
  for (const { name, run } of loadContract(layerOf)) test(name, run);
});
describe("weighted is a service", () => {
  for (const { name, run } of serviceContract((backend) => weighted(3)(pendingRequests()(backend)))) test(name, run);
});

const idle = serviceFn(() => {});

test("the load is divided, the rank is less by ln of the weight", () => {
  const inner = constant(12)(idle);
  const service = weighted(4)(inner);
  expect(service.load()).toBe(3);
  expect(service.rank?.()).toBeCloseTo(Math.log(3), 12);
  expect(service.order).toBe(inner.order);
});

test("what the load below cannot do, the weighted one cannot either", () => {
  const bare = weighted(2)({ ...idle, load: () => 8 });
  expect(bare.load()).toBe(4);
  expect([bare.rank, bare.order, bare.pending, bare.watch, bare.unwatch]).toEqual(Array(5).fill(undefined));
  const ranked = weighted(2)(constant(8)(idle));
  expect(typeof ranked.rank).toBe("function");
  expect(ranked.watch).toBe(undefined);
});

test("a load that is no number stays none", () => {
  expect(weighted(2)({ ...idle, load: () => Number.NaN }).load()).toBeNaN();
  expect(weighted(2)({ ...idle, load: () => Number.POSITIVE_INFINITY }).load()).toBe(Number.POSITIVE_INFINITY);
});

const weights = [1, 2, 3, 4];

/** The shares of `requests` over endpoints of these weights, of which `inFlight` are kept in flight; 10 ms each. */
async function shares(measured: () => (inner: Service<void, void>) => Service<void, void> & Load, inFlight: number) {
  const clock = virtualClock();
  const random = seededRandom(5);
  const counts = weights.map(() => 0);
  const layer = measured();
  const endpoints = weights.map((weight, i) => {
    const work = serviceFn(() => {
      counts[i] = (counts[i] as number) + 1;
      return clock.sleep(5 + 10 * random());
    });
    return weighted(weight)(layer(work));
  });
  const service = balance(list(endpoints), { picker: p2c({ random }) });
  const requests = 20_000;
  let sent = 0;
  const client = async (): Promise<void> => {
    while (sent++ < requests) await service.call();
  };
  const clients = Array.from({ length: inFlight }, client);
  await clock.run({ maxEvents: 1e6 });
  await Promise.all(clients);
  return counts.map((count) => count / requests);
}

test("under saturation the shares of P2C come out as asked, within a percentage point", async () => {
  const asked = weights.map((weight) => weight / 10);
  for (const [i, share] of (await shares(pendingRequests, 400)).entries()) {
    expect(Math.abs(share - (asked[i] as number))).toBeLessThan(0.01);
  }
});

test("with one request in flight at a time nothing is pending anywhere, and the ties are split evenly", async () => {
  for (const share of await shares(pendingRequests, 1)) expect(Math.abs(share - 0.25)).toBeLessThan(0.01);
});
