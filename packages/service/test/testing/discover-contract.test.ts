// discoverContract finds what breaks the contract of a discover.

import type { Change, Discover } from "@bal/service";
import { type DiscoverContractOptions, type DiscoverSubject, discoverContract, settle } from "@bal/service/testing";
import { describe, expect, test } from "vitest";
import { brokenCases } from "../support/broken-cases.ts";

type Batch = readonly Change<string, number>[];
type Result = IteratorResult<Batch, undefined>;

const over: Result = { done: true, value: undefined };

/** One reader of a set that only grows. */
class Reader implements AsyncIterator<Batch, undefined> {
  protected readonly batches: Batch[];
  protected waiting: ((result: Result) => void) | undefined;
  protected ended: boolean;
  readonly #gone: (reader: Reader) => void;

  constructor(present: Batch, ended: boolean, gone: (reader: Reader) => void) {
    this.batches = [present];
    this.ended = ended;
    this.#gone = gone;
  }

  give(batch: Batch): void {
    this.batches.push(batch);
    this.serve();
  }

  end(): void {
    this.ended = true;
    this.serve();
  }

  next(): Promise<Result> {
    return new Promise((resolve) => {
      this.waiting = resolve;
      this.serve();
    });
  }

  return(): Promise<Result> {
    this.#gone(this);
    this.batches.length = 0;
    this.end();
    return Promise.resolve(over);
  }

  protected serve(): void {
    const value = this.batches[0];
    if (this.waiting === undefined || (value === undefined && !this.ended)) return;
    this.batches.shift();
    this.waiting(value === undefined ? over : { done: false, value });
    this.waiting = undefined;
  }
}

/** A discover that keeps the contract with readers that do. */
function growing(Kind: typeof Reader = Reader): DiscoverSubject<string, number> {
  const present: Change<string, number>[] = [{ type: "insert", key: "first", service: 0 }];
  const readers = new Set<Reader>();
  let ended = false;
  return {
    discover: {
      [Symbol.asyncIterator]() {
        const reader = new Kind([...present], ended, (gone) => void readers.delete(gone));
        readers.add(reader);
        return reader;
      },
    },
    change() {
      const change = { type: "insert", key: `key ${present.length}`, service: present.length } as const;
      present.push(change);
      for (const reader of readers) reader.give([change]);
    },
    end() {
      ended = true;
      for (const reader of readers) reader.end();
    },
  };
}

class Empty extends Reader {
  override next(): Promise<Result> {
    const [first, ...rest] = this.batches;
    if (first?.some(({ key }) => key === "first")) this.batches.splice(0, 1, [], ...rest);
    return super.next();
  }
}

class Odd extends Reader {
  override give(batch: Batch): void {
    super.give([{ type: "remove", key: "unknown" }, ...batch]);
  }
}

class Stuck extends Reader {
  override async return(): Promise<Result> {
    while (this.waiting !== undefined) await settle();
    return super.return();
  }
}

class Undone extends Reader {
  override async return(): Promise<Result> {
    const { waiting } = this;
    this.waiting = undefined;
    const result = await super.return();
    this.waiting = waiting;
    return result;
  }
}

class Tireless extends Reader {
  override return(): Promise<Result> {
    return Promise.resolve(over);
  }
}

class Losing extends Reader {
  override give(batch: Batch): void {
    if (this.waiting !== undefined) super.give(batch);
  }
}

class Endless extends Reader {
  override end(): void {}
  override return(): Promise<Result> {
    const left = super.return();
    super.end();
    return left;
  }
}

const mistakes: readonly [mistake: string, found: string, make: () => DiscoverSubject<string, number>][] = [
  [
    "a set that does not come first",
    "it gives the present set first, in batches that are well formed",
    () => growing(Empty),
  ],
  [
    "removals of what was not there",
    "a reader that waits gets a change, and one that does not misses none",
    () => growing(Odd),
  ],
  [
    "a return() that waits for the next()",
    "it can be left while it waits, and the next() that waited is done",
    () => growing(Stuck),
  ],
  [
    "a next() that return() leaves hanging",
    "it can be left while it waits, and the next() that waited is done",
    () => growing(Undone),
  ],
  ["a return() without effect", "it can be left before it was asked for anything", () => growing(Tireless)],
  ["a break without effect", "it can be left by break, and more than once", () => growing(Tireless)],
  [
    "changes lost while nobody waits",
    "a reader that waits gets a change, and one that does not misses none",
    () => growing(Losing),
  ],
  ["an end that is not told", "its end reaches the reader, and stays", () => growing(Endless)],
  [
    "readers who share what comes",
    "each reader gets the present set, and one that leaves disturbs no other",
    () => {
      const subject = growing();
      const shared = subject.discover[Symbol.asyncIterator]();
      return { ...subject, discover: { [Symbol.asyncIterator]: () => shared } };
    },
  ],
  [
    "an async generator, whose return() waits behind its next()",
    "it can be left while it waits, and the next() that waited is done",
    () => {
      const subject = growing();
      const generator = async function* (): AsyncGenerator<Batch> {
        yield* subject.discover;
      };
      return { ...subject, discover: { [Symbol.asyncIterator]: generator } };
    },
  ],
];

describe("discoverContract", () => {
  for (const { name, run } of discoverContract(() => growing())) test(`a growing set: ${name}`, run);

  test.each(mistakes)("finds %s", async (_, found, make) => {
    expect(await brokenCases(discoverContract(make))).toContain(found);
  });

  test("has a mistake that it finds for each of its cases", () => {
    const names = discoverContract(() => growing()).map(({ name }) => name);
    expect(new Set(mistakes.map(([, found]) => found))).toEqual(new Set(names));
  });

  test("asks a discover for no more than it does", async () => {
    const once = (discover: Discover<string, number>) => () => ({ discover });
    const fixed: DiscoverContractOptions = { changes: false, ends: "alone", readers: false };
    const generator = async function* (): AsyncGenerator<Batch> {
      yield [{ type: "insert", key: "a", service: 1 }];
    };
    const make = () => ({ discover: generator() });
    expect(await brokenCases(discoverContract(make, fixed))).toEqual([]);
    expect(await brokenCases(discoverContract(once({ [Symbol.asyncIterator]: generator }), fixed))).toEqual([]);
    expect(await brokenCases(discoverContract(make, { ...fixed, ends: "never" }))).not.toEqual([]);
  });
});
