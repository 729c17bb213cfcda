// loadContract finds what breaks the contract of a load.

import type { CallOptions, LoadWatcher, Service } from "@bal/service";
import { type Loaded, loadContract } from "@bal/service/testing";
import { describe, expect, test } from "vitest";
import { brokenCases } from "../support/broken-cases.ts";

type Inner = Service<number, string>;
type Make = (now: () => number) => (inner: Inner) => Loaded;

/** Requests in flight, plus a penalty after each failure that halves every second: a load that keeps the contract. */
class Fading implements Loaded {
  pending = 0;
  /** ln of the penalty as it would be at time 0. */
  protected penalty = -Infinity;
  protected readonly watchers = new Set<LoadWatcher>();
  protected readonly now: () => number;
  readonly #inner: Inner;

  constructor(inner: Inner, now: () => number) {
    this.#inner = inner;
    this.now = now;
  }

  get order(): object {
    return order;
  }

  load(): number {
    return Math.exp(this.penalty - this.now() / fadeMs) * (this.pending + 1);
  }

  rank(): number {
    return this.penalty + Math.log(this.pending + 1);
  }

  watch(watcher: LoadWatcher): void {
    this.watchers.add(watcher);
  }

  unwatch(watcher: LoadWatcher): void {
    this.watchers.delete(watcher);
  }

  ready(): true | Promise<void> {
    return this.#inner.ready();
  }

  call(request: number, options?: CallOptions): Promise<string> {
    this.moved(1, this.penalty);
    const response = this.#inner.call(request, options);
    response.then(
      () => this.moved(-1, this.penalty),
      () => this.moved(-1, this.now() / fadeMs),
    );
    return response;
  }

  protected moved(by: number, penalty: number): void {
    this.pending += by;
    this.penalty = penalty;
    for (const watcher of this.watchers) watcher.loadChanged();
  }
}

const fadeMs = 1_000 / Math.LN2;
const order = {};

class Writing extends Fading {
  override load(): number {
    this.penalty -= 0.1;
    return super.load();
  }
}

class Unnumbered extends Fading {
  override load(): number {
    return this.pending > 3 ? Number.NaN : super.load();
  }
}

class Reversed extends Fading {
  override rank(): number {
    return -super.rank();
  }
}

class Clocked extends Fading {
  override rank(): number {
    return Math.log(this.load());
  }
}

class Silent extends Fading {
  protected override moved(by: number, penalty: number): void {
    this.pending += by;
    this.penalty = penalty;
    if (by > 0) for (const watcher of this.watchers) watcher.loadChanged();
  }
}

class Early extends Fading {
  protected override moved(by: number, penalty: number): void {
    for (const watcher of this.watchers) watcher.loadChanged();
    this.pending += by;
    this.penalty = penalty;
  }
}

class Clinging extends Fading {
  override unwatch(): void {}
}

const mistakes: readonly [mistake: string, found: string, make: Make][] = [
  ["a load that asking lowers", "asking changes nothing", (now) => (inner) => new Writing(inner, now)],
  [
    "a load that is no number",
    "load() is a number from 0 on, whatever has happened",
    (now) => (inner) => new Unnumbered(inner, now),
  ],
  [
    "ranks the wrong way round",
    "rank() orders as load() does, among those of one order",
    (now) => (inner) => new Reversed(inner, now),
  ],
  [
    "a rank that time moves",
    "time alone does not lower rank(), and with nothing in flight neither moves it nor is asked for",
    (now) => (inner) => new Clocked(inner, now),
  ],
  [
    "an end that nobody hears of",
    "pending counts, and who watches is told after each begin and end",
    (now) => (inner) => new Silent(inner, now),
  ],
  [
    "watchers who are told too early",
    "pending counts, and who watches is told after each begin and end",
    (now) => (inner) => new Early(inner, now),
  ],
  ["watchers who cannot leave", "who has left is told no more", (now) => (inner) => new Clinging(inner, now)],
];

describe("loadContract", () => {
  for (const { name, run } of loadContract((now) => (inner) => new Fading(inner, now)))
    test(`a fading load: ${name}`, run);

  test.each(mistakes)("finds %s", async (_, found, make) => {
    expect(await brokenCases(loadContract(make))).toContain(found);
  });

  test("has a mistake that it finds for each of its cases", () => {
    const names = loadContract((now) => (inner) => new Fading(inner, now)).map(({ name }) => name);
    expect(new Set(mistakes.map(([, found]) => found))).toEqual(new Set(names));
  });

  test("asks a load for no more than it has", async () => {
    const plain: Make = () => (inner) => ({
      ready: () => inner.ready(),
      call: (request, options) => inner.call(request, options),
      load: () => 5,
    });
    expect(await brokenCases(loadContract(plain, { rank: false, watch: false }))).toEqual([]);
    expect((await brokenCases(loadContract(plain))).length).toBe(4);
  });
});
