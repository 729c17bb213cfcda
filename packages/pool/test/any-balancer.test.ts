/** What the pool owes to a balancer that may be anyone's, and to those who call through it. */
import { type Member, pool, type Sizer } from "@bal/pool";
import { type CallOptions, type Discover, type Load, type Service, serviceFn } from "@bal/service";
import { virtualClock } from "@bal/service/testing";
import { describe, expect, test } from "vitest";

type Inner = Service<number, string> & Partial<Load>;
type Handed = Member<Inner> & Partial<Load>;

/** Knows the services in the order in which they came, and asks the last. Closes none, and waits for none. */
class Newest implements Service<number, string> {
  readonly members: Handed[] = [];
  readonly removed: number[] = [];
  readonly #keys = new Map<number, Handed>();

  constructor(services: Discover<number, Member<Inner>>) {
    void this.#read(services);
  }

  async #read(services: Discover<number, Member<Inner>>): Promise<void> {
    for await (const batch of services) {
      for (const change of batch) {
        if (change.type === "remove") {
          this.removed.push(change.key);
          this.members.splice(this.members.indexOf(this.#keys.get(change.key) as Handed), 1);
        } else {
          this.#keys.set(change.key, change.service as Handed);
          this.members.push(change.service as Handed);
        }
      }
    }
  }

  ready(): true | Promise<void> {
    return this.members.at(-1)?.ready() ?? new Promise(() => {});
  }

  call(request: number, options?: CallOptions): Promise<string> {
    const waits = (_: unknown, reject: (reason: unknown) => void): void => {
      options?.signal?.addEventListener("abort", () => reject(options.signal?.reason));
    };
    return this.members.at(-1)?.call(request, options) ?? new Promise(waits);
  }
}

interface Rest {
  readonly sizer?: Partial<Sizer>;
  readonly utilization?: (level: number) => void;
}

async function poolOf(make: () => Inner, { sizer = {}, utilization }: Rest = {}) {
  const clock = virtualClock();
  let newest: Newest | undefined;
  const begin = (): Sizer =>
    Object.assign(sizer, { level: 0, tickMs: 10, arrived: () => 0, tick: () => 0, ...sizer }) as Sizer;
  const made = pool(
    serviceFn(async () => make()),
    undefined,
    {
      balance: (services) => {
        newest = new Newest(services);
        return newest;
      },
      sizing: { makeConcurrency: 1, begin },
      now: clock.now,
      schedule: clock.schedule,
      ...(utilization && { observer: { utilization } }),
    },
  );
  await clock.settle();
  return { pool: made, newest: newest as unknown as Newest, clock };
}

/** A service that is ready until it is dead, which it says some steps after it was asked. */
function mortal(steps = 0): { service: Inner; die(error: Error): void; closes: () => number } {
  let death: Error | undefined;
  let closes = 0;
  const rejectLate = async (error: Error): Promise<void> => {
    for (let step = 0; step < steps; step += 1) await Promise.resolve();
    throw error;
  };
  return {
    service: {
      ready: () => (death === undefined ? true : rejectLate(death)),
      call: (_, { signal } = {}) =>
        new Promise((_, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason));
          fails.push(reject);
        }),
      close: async () => {
        closes += 1;
      },
    },
    die: (error) => {
      death = error;
    },
    closes: () => closes,
  };
}

let fails: ((error: Error) => void)[] = [];

describe("whoever the balancer is", () => {
  test("a load is passed on with all that belongs to it, and only where there is one", async () => {
    const watched: unknown[] = [];
    const order = {};
    const loaded: Inner = {
      ready: () => true,
      call: async () => "",
      load: () => 7,
      rank: () => 8,
      order,
      pending: 9,
      watch: (watcher) => void watched.push(["watch", watcher]),
      unwatch: (watcher) => void watched.push(["unwatch", watcher]),
    };
    const { newest, pool: made } = await poolOf(() => loaded);
    const member = newest.members[0] as Handed;
    expect([member.load?.(), member.rank?.(), member.pending, member.made]).toEqual([7, 8, 9, loaded]);
    expect(member.order).toBe(order);
    const watcher = { loadChanged: () => {} };
    member.watch?.(watcher);
    member.unwatch?.(watcher);
    expect(watched).toEqual([
      ["watch", watcher],
      ["unwatch", watcher],
    ]);
    await made.close();
    const plain = await poolOf(() => mortal().service);
    expect("load" in (plain.newest.members[0] as Handed) || "watch" in (plain.newest.members[0] as Handed)).toBe(false);
    await plain.pool.close();
  });

  test("a death that nobody has asked about yet, and that shows a few steps late, is told to the call it broke", async () => {
    const inner = mortal(3);
    fails = [];
    const { pool: made } = await poolOf(() => inner.service);
    const call = made.call(1);
    const crash = new Error("crashed");
    inner.die(crash);
    fails[0]?.(new Error("connection reset"));
    await expect(call).rejects.toMatchObject({ code: "BAL_ENDPOINT", cause: crash });
    await made.close();
  });

  test("an abort that costs the service its life rejects with signal.reason", async () => {
    const inner = mortal();
    const { pool: made } = await poolOf(() => inner.service);
    const controller = new AbortController();
    const call = made.call(1, { signal: controller.signal });
    inner.die(new Error("terminated"));
    controller.abort("enough");
    await expect(call).rejects.toBe("enough");
    await made.close();
  });

  test("a service that the balancer closes unasked is replaced, and closed once", async () => {
    const inners: ReturnType<typeof mortal>[] = [];
    const {
      newest,
      pool: made,
      clock,
    } = await poolOf(() => {
      const inner = mortal();
      inners.push(inner);
      return inner.service;
    });
    const [member] = newest.members;
    await Promise.all([member?.close(), member?.close()]);
    await clock.settle();
    expect([inners.length, made.size]).toEqual([2, 1]);
    await made.close();
    expect(inners.map(({ closes }) => closes())).toEqual([1, 1]);
  });

  test("a call that fails because its service is being closed rejects with its own error", async () => {
    const inner = mortal();
    fails = [];
    const { newest, pool: made } = await poolOf(() => inner.service);
    const call = made.call(1);
    void newest.members[0]?.close();
    inner.die(new Error("is closed"));
    const own = new Error("cut off");
    fails[0]?.(own);
    await expect(call).rejects.toBe(own);
    await made.close();
  });

  test("who waits for ready() hears that the balancer has failed for good", async () => {
    const { newest, pool: made } = await poolOf(() => mortal().service);
    newest.ready = () => Promise.reject(new Error("beyond repair"));
    await expect(made.ready()).rejects.toThrow("beyond repair");
    await made.close();
  });

  test("close ends all waits itself where the balancer cannot be closed", async () => {
    const { pool: made } = await poolOf(() => {
      throw new Error("refused");
    });
    const waits = [made.call(1), Promise.resolve(made.ready())];
    const outcomes = Promise.allSettled(waits);
    await made.close();
    const closed = { status: "rejected", reason: { code: "BAL_CLOSED" } };
    expect(await outcomes).toMatchObject([closed, closed]);
  });

  test("utilization is told once a change", async () => {
    const told: number[] = [];
    const sizer: Partial<Sizer> & { level?: number } = { level: 0.5 };
    const rig = await poolOf(() => mortal().service, { sizer, utilization: (level) => told.push(level) });
    const call = rig.pool.call(1);
    call.catch(() => {});
    await rig.clock.advance(25);
    expect(told).toEqual([]);
    Object.assign(sizer, { level: 0.75 });
    await rig.clock.advance(50);
    expect([told, rig.pool.utilization]).toEqual([[0.75], 0.75]);
    await rig.pool.close();
  });
});
