/** Laws of the pool under random failures of make, ready, call and close, and random aborts, in virtual time. */
import { pendingRequests } from "@bal/load";
import { balance } from "@bal/p2c";
import { pool, type Sizing, staffing, towerSizing } from "@bal/pool";
import { type CallOptions, type Room, room, type Service, serviceFn } from "@bal/service";
import { seededRandom, virtualClock } from "@bal/service/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

interface Chances {
  readonly makeFails: number;
  readonly dies: number;
  readonly callFails: number;
  readonly closeFails: number;
  readonly aborts: number;
}

interface Scenario extends Chances {
  readonly seed: number;
  readonly min: number;
  readonly extra: number;
  readonly slots: number;
  readonly makeMs: number;
  readonly taskMs: number;
  readonly calls: number;
  readonly everyMs: number;
  readonly makeConcurrency: number | undefined;
  readonly sizing: Sizing;
}

const chance = (most: number): fc.Arbitrary<number> => fc.double({ min: 0, max: most, noNaN: true });

const scenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.integer(),
  min: fc.integer({ min: 0, max: 3 }),
  extra: fc.integer({ min: 0, max: 8 }),
  slots: fc.integer({ min: 1, max: 3 }),
  makeMs: fc.integer({ min: 0, max: 100 }),
  taskMs: fc.integer({ min: 0, max: 60 }),
  calls: fc.integer({ min: 1, max: 60 }),
  everyMs: fc.integer({ min: 0, max: 20 }),
  makeConcurrency: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  makeFails: chance(0.9),
  dies: chance(0.3),
  callFails: chance(0.5),
  closeFails: chance(1),
  aborts: chance(0.5),
  sizing: fc.constantFrom(staffing(), towerSizing(), towerSizing({ urgency: 1, low: 0 }), towerSizing({ urgency: 1 })),
});

type Sleep = (ms: number, options?: CallOptions) => Promise<void>;

/** A service of so many slots that may die at any call, with what was in flight, and may fail to close. */
class Frail implements Service<number, number> {
  closes = 0;
  #busy = 0;
  #death: { readonly error: Error } | undefined;
  #room: Room | undefined;
  readonly #act: (chance: number) => boolean;
  readonly #sleep: Sleep;
  readonly #scenario: Scenario;

  constructor(of: Scenario, act: (chance: number) => boolean, sleep: Sleep) {
    this.#scenario = of;
    this.#act = act;
    this.#sleep = sleep;
  }

  ready(): true | Promise<void> {
    if (this.#death !== undefined) return Promise.reject(this.#death.error);
    if (this.#busy < this.#scenario.slots) return true;
    this.#room ??= room();
    return this.#room.promise;
  }

  async call(request: number, options?: CallOptions): Promise<number> {
    if (this.#death !== undefined || this.#busy >= this.#scenario.slots) throw new Error("called when not ready");
    this.#busy += 1;
    try {
      if (this.#act(this.#scenario.dies)) this.#death = { error: new Error("died") };
      await this.#sleep(this.#scenario.taskMs, options);
      if (this.#death !== undefined) throw new Error("broken off");
      if (this.#act(this.#scenario.callFails)) throw new Error("own failure");
      return request;
    } finally {
      this.#busy -= 1;
      if (this.#death === undefined) this.#room?.resolve();
      else this.#room?.reject(this.#death.error);
      this.#room = undefined;
    }
  }

  async close(): Promise<void> {
    this.closes += 1;
    if (this.#act(this.#scenario.closeFails)) throw new Error("does not close");
  }
}

const allowed = ["abort", "own failure", "BAL_ENDPOINT", "BAL_MAKE"];

async function play(of: Scenario, failures = allowed): Promise<void> {
  const clock = virtualClock();
  const random = seededRandom(of.seed);
  const act = (chance: number): boolean => random() < chance;
  const made: Frail[] = [];
  const make = serviceFn(async () => {
    await clock.sleep(of.makeMs);
    if (act(of.makeFails)) throw new Error("refused");
    const frail = new Frail(of, act, clock.sleep);
    made.push(frail);
    return pendingRequests()(frail);
  });
  const max = Math.max(1, of.min + of.extra);
  let open = 0;
  const outOfBounds: unknown[] = [];
  const tested = pool(make, undefined, {
    balance: (services) => balance(services),
    sizing: of.sizing,
    min: of.min,
    max,
    ...(of.makeConcurrency !== undefined && { makeConcurrency: of.makeConcurrency }),
    now: clock.now,
    schedule: clock.schedule,
    random,
    observer: {
      made: () => {
        open += 1;
        look();
      },
      removed: look,
      closed: () => {
        open -= 1;
      },
    },
  });

  function look(): void {
    const { size, making } = tested;
    if (size < 0 || making < 0 || size + making > max) outOfBounds.push({ size, making });
  }

  let settled = 0;
  for (let n = 0; n < of.calls; n += 1) {
    const controller = new AbortController();
    const call = tested.call(n, act(0.5) ? { signal: controller.signal } : undefined);
    if (act(of.aborts)) clock.schedule(Math.floor(random() * 80), () => controller.abort("abort"));
    call.then(
      (response) => {
        settled += 1;
        expect(response).toBe(n);
      },
      (error: unknown) => {
        settled += 1;
        const code = (error as { code?: string }).code ?? (error as { message?: string }).message ?? error;
        expect(failures).toContain(code);
      },
    );
    await clock.advance(of.everyMs);
    look();
    // While calls wait there is a service, or one on the way, or one that must be closed first.
    if (tested.balancer.queued > 0 && open < max) expect(tested.size + tested.making).toBeGreaterThanOrEqual(1);
    expect(tested.size + tested.making).toBeGreaterThanOrEqual(of.min);
  }
  for (let wait = 0; settled < of.calls && wait < 2_000; wait += 1) await clock.advance(1_000);
  expect(settled).toBe(of.calls);
  await clock.advance(60_000);
  const closing = tested.close().catch((error: unknown) => expect(error).toMatchObject({ code: "BAL_ENDPOINT" }));
  await clock.advance(1_000);
  await closing;
  await clock.settle();
  expect(settled).toBe(of.calls);
  expect(made.map((frail) => frail.closes)).toEqual(made.map(() => 1));
  expect(tested.size).toBe(0);
  expect(clock.pending).toBe(0);
  expect(outOfBounds).toEqual([]);
}

test("sizes stay in bounds, every call settles once, and every service made is closed once", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, (of) => play(of)),
    { numRuns: 150 },
  );
}, 120_000);

test("where makes succeed and nothing fails, the size stays from min to max and all calls are answered in time", async () => {
  const calm = { makeFails: 0, dies: 0, callFails: 0, closeFails: 0, aborts: 0 };
  await fc.assert(
    fc.asyncProperty(scenario, (of) => play({ ...of, ...calm }, [])),
    { numRuns: 100 },
  );
}, 120_000);
