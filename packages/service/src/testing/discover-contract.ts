// The obligations of a Discover, case by case.

import type { Change, Discover } from "../discover.ts";
import { type ContractCase, must, type Outcome, outcomeOf } from "./contract-case.ts";
import { settle as settlePromises } from "./settle.ts";

/** A discover under test, with at least one endpoint at first, and what a case may do to it. */
export interface DiscoverSubject<K, S> {
  readonly discover: Discover<K, S>;
  /** Changes what there is, so that a reader that waits gets a batch. Asked for where `changes` is on. */
  change?(): unknown;
  /** Lets it end. Asked for where `ends` is "told". */
  end?(): unknown;
}

export interface DiscoverContractOptions {
  /** It can be changed: `change()` is given. `true` unless given. */
  readonly changes?: boolean;
  /** "told": when `end()` is called; "alone": by itself, after what it has; "never". "told" unless given. */
  readonly ends?: "told" | "alone" | "never";
  /** Several may read it, each from the present set on. `true` unless given. */
  readonly readers?: boolean;
  /** Lets it do what it does by itself. All promises settle, unless given; add to that where it needs virtual time. */
  readonly settle?: () => Promise<void>;
}

/**
 * One case for each obligation of `Discover`.
 *
 * @example
 * ```ts
 * import { endpointSet } from "@bal/discover";
 * import { discoverContract } from "@bal/service/testing";
 *
 * let added = 0;
 * const cases = discoverContract(() => {
 *   const discover = endpointSet({ a: "a service" });
 *   return { discover, change: () => discover.insert(`b${++added}`, "another"), end: () => discover.end() };
 * });
 * for (const { run } of cases) await run();
 * ```
 *
 * @param make builds the discover under test. Called once a case.
 */
export function discoverContract<K, S>(
  make: () => DiscoverSubject<K, S> | Promise<DiscoverSubject<K, S>>,
  options: DiscoverContractOptions = {},
): readonly ContractCase[] {
  const { changes = true, ends = "told", readers = true, settle = settlePromises } = options;

  const contractCase = (name: string, check: (subject: DiscoverSubject<K, S>) => Promise<void>): ContractCase => ({
    name,
    run: async () => check(await make()),
  });

  const open = (discover: Discover<K, S>): Reader<K, S> => new Reader(discover, settle);

  const always = [
    contractCase("it gives the present set first, in batches that are well formed", async ({ discover }) => {
      const reader = open(discover);
      await reader.readOn();
      must(reader.known.size > 0, "it gave no endpoint at first");
      await reader.leave();
    }),
    contractCase("it can be left before it was asked for anything", async ({ discover }) => {
      const reader = open(discover);
      await reader.leave();
      must((await reader.readOn()) === "done", "next() after return() must be done");
    }),
    contractCase("it can be left by break, and more than once", async ({ discover }) => {
      const reader = open(discover);
      for await (const batch of reader.rest()) {
        must(Array.isArray(batch), "a batch is not an array");
        break;
      }
      await reader.leave();
      await reader.leave();
      must((await reader.readOn()) === "done", "next() after return() must be done");
    }),
  ];

  const waiting = [
    contractCase("it can be left while it waits, and the next() that waited is done", async ({ discover }) => {
      const reader = open(discover);
      must((await reader.readOn()) === "waiting", "it did not wait for a change");
      await reader.leave();
      must((await reader.readOn()) === "done", "the next() that waited was not done by return()");
      must((await reader.readOn()) === "done", "next() after return() must be done");
    }),
  ];

  const changing = [
    contractCase(
      "a reader that waits gets a change, and one that does not misses none",
      async ({ discover, change }) => {
        const reader = open(discover);
        must((await reader.readOn()) === "waiting", "it did not wait for a change");
        await change?.();
        await reader.readOn();
        must(reader.batches > 0, "a change did not reach the reader that waited");
        await change?.();
        await settle();
        // Whatever was asked for is answered now, so this one comes while nobody waits.
        await change?.();
        await settle();
        await reader.readOn();
        if (readers) await sameKeys(reader, open(discover));
        await reader.leave();
      },
    ),
  ];

  const reading = [
    contractCase("each reader gets the present set, and one that leaves disturbs no other", async (subject) => {
      const [one, two] = [open(subject.discover), open(subject.discover)];
      await one.readOn();
      await two.readOn();
      must(one.known.size === two.known.size, "two readers were given different sets");
      await one.leave();
      await subject.change?.();
      await settle();
      await two.readOn();
      await sameKeys(two, open(subject.discover));
      await two.leave();
    }),
  ];

  const ending = [
    contractCase("its end reaches the reader, and stays", async (subject) => {
      const reader = open(subject.discover);
      if (ends === "told") {
        must((await reader.readOn()) === "waiting", "it ended by itself");
        await subject.end?.();
        await settle();
      }
      must((await reader.readOn()) === "done", "it did not end");
      must((await reader.readOn()) === "done", "next() after the end must be done");
      await reader.leave();
    }),
  ];

  return [
    ...always,
    ...(ends === "alone" ? [] : waiting),
    ...(changes ? changing : []),
    ...(readers ? reading : []),
    ...(ends === "never" ? [] : ending),
  ];
}

async function sameKeys<K, S>(reader: Reader<K, S>, fresh: Reader<K, S>): Promise<void> {
  await fresh.readOn();
  const [known, present] = [reader, fresh].map((each) => [...each.known].sort().join());
  must(known === present, `a reader knows the keys ${known}, a new one is given ${present}`);
  await fresh.leave();
}

/** Reads a discover, checks each batch, and keeps the set of keys that it comes to. */
class Reader<K, S> {
  readonly known = new Set<K>();
  batches = 0;
  readonly #iterator: AsyncIterator<readonly Change<K, S>[]>;
  readonly #settle: () => Promise<void>;
  #asked: Outcome<IteratorResult<readonly Change<K, S>[]>> | undefined;

  constructor(discover: Discover<K, S>, settle: () => Promise<void>) {
    this.#iterator = discover[Symbol.asyncIterator]();
    this.#settle = settle;
  }

  /** Takes batches as long as there are some. */
  async readOn(): Promise<"waiting" | "done"> {
    this.batches = 0;
    for (;;) {
      this.#asked ??= outcomeOf(this.#iterator.next());
      await this.#settle();
      const { state, value, error } = this.#asked;
      if (state === "pending") return "waiting";
      this.#asked = undefined;
      must(state === "fulfilled", `it failed with ${error}`);
      if (value?.done !== false) return "done";
      this.#take(value.value);
    }
  }

  /** What is left, for a loop. */
  rest(): AsyncIterable<readonly Change<K, S>[]> {
    return { [Symbol.asyncIterator]: () => this.#iterator };
  }

  async leave(): Promise<void> {
    must(this.#iterator.return !== undefined, "its iterator has no return()");
    const left = outcomeOf(this.#iterator.return());
    await this.#settle();
    must(left.state === "fulfilled", `return() is ${left.state} ${left.error ?? ""}`);
    must(left.value?.done === true, "return() must answer that it is done");
  }

  #take(batch: readonly Change<K, S>[]): void {
    this.batches += 1;
    must(this.batches < 10_000, "it gives batches without end");
    must(Array.isArray(batch), "a batch is not an array");
    for (const change of batch) {
      const { type, key } = change;
      if (type === "insert") {
        must("service" in change, `the insert of ${key} has no service`);
        this.known.add(key);
      } else {
        must(type === "remove", `a change of type ${type}`);
        must(this.known.delete(key), `${key} was removed, but was not there`);
      }
    }
  }
}
