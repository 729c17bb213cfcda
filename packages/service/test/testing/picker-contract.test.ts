// pickerContract finds what breaks the contract of a picker.

import type { Endpoint, Picker } from "@bal/service";
import { type PickedService, pickerContract } from "@bal/service/testing";
import { describe, expect, test } from "vitest";
import { brokenCases } from "../support/broken-cases.ts";

type E = Endpoint<number, PickedService>;

/** Any of those that are in, at random: a picker that keeps the contract. */
class Any implements Picker<E> {
  protected readonly endpoints: E[] = [];
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  add(endpoint: E): void {
    endpoint.slot = this.endpoints.push(endpoint) - 1;
  }

  delete(endpoint: E): void {
    const last = this.endpoints.pop()!;
    if (last === endpoint) return;
    this.endpoints[endpoint.slot] = last;
    last.slot = endpoint.slot;
  }

  pick(): E | undefined {
    return this.endpoints[Math.floor(this.#random() * this.endpoints.length)];
  }
}

class Deaf extends Any {
  override delete(): void {}
}

class Forgetful extends Any {
  override pick(): E | undefined {
    const picked = super.pick();
    if (picked !== undefined && this.endpoints.length > 1) this.delete(picked);
    return picked;
  }
}

class ByKey extends Any {
  override delete(endpoint: E): void {
    const at = this.endpoints.findIndex(({ key }) => key === endpoint.key);
    super.delete(this.endpoints[at]!);
  }
}

class Misplacing extends Any {
  override delete(endpoint: E): void {
    const last = this.endpoints.pop()!;
    // The one that moves does not learn of its new place.
    if (last !== endpoint) this.endpoints[endpoint.slot] = last;
  }
}

class Choosy extends Any {
  override pick(): E | undefined {
    return this.endpoints.find(({ service }) => service.load() < Infinity);
  }
}

class Shy extends Any {
  override pick(): E | undefined {
    return this.endpoints.length < 2 ? undefined : super.pick();
  }
}

const mistakes: readonly [mistake: string, found: string, make: (random: () => number) => Picker<E>][] = [
  ["one that does not let go", "it picks one that is in, whatever came and went in whatever order", (r) => new Deaf(r)],
  [
    "one that loses its place",
    "it picks one that is in, whatever came and went in whatever order",
    (r) => new Misplacing(r),
  ],
  ["one that forgets whom it picked", "pick() changes no membership", (r) => new Forgetful(r)],
  ["one that goes by the key", "endpoints are told apart by identity, not by key or load", (r) => new ByKey(r)],
  ["one that cannot bear an odd load", "it picks one whatever the loads are", (r) => new Choosy(r)],
  ["one that never picks the only one", "pick() gives nothing only when nothing was added", (r) => new Shy(r)],
];

describe("pickerContract", () => {
  for (const { name, run } of pickerContract((random) => new Any(random))) test(`a random picker: ${name}`, run);

  test.each(mistakes)("finds %s", async (_, found, make) => {
    expect(await brokenCases(pickerContract(make))).toContain(found);
  });

  test("has a mistake that it finds for each of its cases", () => {
    const names = pickerContract((random) => new Any(random)).map(({ name }) => name);
    expect(new Set(mistakes.map(([, found]) => found))).toEqual(new Set(names));
  });
});
