/** `pnpm --filter bal-bench pool`: tasks on threads and acquire/release, against the pools that people use, and how soon a burst has its services; medians. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { pendingRequests } from "@bal/load";
import { balance } from "@bal/p2c";
import { pool } from "@bal/pool";
import { concurrencyLimit, type Room, room, type Service, serviceFn } from "@bal/service";
import genericPool from "generic-pool";
import { Piscina } from "piscina";
import { FixedThreadPool } from "poolifier";
import { Pool as TarnPool } from "tarn";
import { Tinypool } from "tinypool";
import { fromBurstToRightSize } from "./burst.ts";

interface Contender {
  readonly name: string;
  run(task: { readonly ms: number }): Promise<unknown>;
  close(): Promise<unknown>;
}

const folder = join(process.env.BENCH_FOLDER ?? "bench", "pool");
const file = join(folder, "worker.mjs");
const threads = Math.max(2, availableParallelism());
const runs = 5;

/** A thread as a service. With more than one `atOnce` its next task is there already when it has done one. */
function threadService(atOnce: number): Service<{ ms: number }, unknown> & { close(): Promise<void> } {
  const worker = new Worker(file, { env: { ...process.env, BAL_WORKER: "1" } });
  const underWay: ((value: unknown) => void)[] = [];
  let free: Room | undefined;
  worker.on("message", (value) => {
    underWay.shift()?.(value);
    free?.resolve();
    free = undefined;
  });
  return {
    ready() {
      if (underWay.length < atOnce) return true;
      free ??= room();
      return free.promise;
    },
    call(task) {
      return new Promise((resolve) => {
        underWay.push(resolve);
        worker.postMessage(task);
      });
    },
    close: async () => void (await worker.terminate()),
  };
}

function ours(atOnce: number): Contender {
  const made = pool(
    serviceFn(async () => pendingRequests()(threadService(atOnce))),
    undefined,
    { balance: (services) => balance(services, { maxQueue: Infinity }), min: threads, max: threads },
  );
  const name = atOnce > 1 ? `@bal/pool, ${atOnce} a thread` : "@bal/pool";
  return { name, run: (task) => made.call(task), close: () => made.close() };
}

function theirs(): Contender[] {
  const filename = pathToFileURL(file).href;
  const options = { filename, minThreads: threads, maxThreads: threads, idleTimeout: 60_000 };
  const piscina = new Piscina(options);
  const tinypool = new Tinypool(options);
  const poolifier = new FixedThreadPool<{ readonly ms: number }, unknown>(
    threads,
    join(folder, "poolifier-worker.mjs"),
  );
  return [
    { name: "piscina", run: (task) => piscina.run(task), close: () => piscina.destroy() },
    { name: "tinypool", run: (task) => tinypool.run(task), close: () => tinypool.destroy() },
    { name: "poolifier", run: (task) => poolifier.execute(task), close: () => poolifier.destroy() },
  ];
}

/** Tasks a second and the 99th percentile in ms, `inFlight` at a time. */
async function measure({ run }: Contender, ms: number, tasks: number, inFlight: number): Promise<[number, number]> {
  const latencies: number[] = [];
  let left = tasks;
  const startedAt = performance.now();
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const at = performance.now();
      await run({ ms });
      latencies.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  const perSecond = (tasks * 1_000) / (performance.now() - startedAt);
  return [perSecond, latencies.sort((a, b) => a - b)[Math.floor(tasks * 0.99)] ?? 0];
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function onThreads(): Promise<void> {
  const contenders = [ours(1), ours(2), ...theirs()];
  for (const [ms, tasks] of [
    [0, 8_000],
    [1, 600],
  ] as const) {
    for (const contender of contenders) await measure(contender, ms, tasks / 4, threads * 4);
    const results = contenders.map(() => ({ rate: [] as number[], p99: [] as number[] }));
    for (let round = 0; round < runs; round += 1) {
      for (const [index, contender] of contenders.entries()) {
        const [rate, p99] = await measure(contender, ms, tasks, threads * 4);
        results[index]?.rate.push(rate);
        results[index]?.p99.push(p99);
      }
    }
    const base = median(results[0]?.rate ?? []);
    for (const [index, { name }] of contenders.entries()) {
      const rate = median(results[index]?.rate ?? []);
      const p99 = median(results[index]?.p99 ?? []).toFixed(2);
      console.log(
        `${ms} ms  ${name.padEnd(21)} ${rate.toFixed(0).padStart(8)} tasks/s  p99 ${p99} ms  ours × ${(base / rate).toFixed(2)}`,
      );
    }
  }
  await Promise.all(contenders.map((contender) => contender.close()));
}

/** Nanoseconds for taking a resource and giving it back, one after another: all are free. */
async function acquiring(): Promise<void> {
  const size = 10;
  const made = pool(
    serviceFn(async () => pendingRequests()(concurrencyLimit(1)(serviceFn(async () => {})))),
    undefined,
    {
      balance: (services) => balance(services),
      min: size,
      max: size,
    },
  );
  await made.ready();
  const factory = { create: async () => ({}), destroy: async () => {} };
  const generic = genericPool.createPool(factory, { min: size, max: size });
  const tarn = new TarnPool({ create: async () => ({}), destroy: () => {}, min: size, max: size });
  const ways: Record<string, () => Promise<unknown>> = {
    "@bal/pool": () => made.call(),
    "generic-pool": async () => generic.release(await generic.acquire()),
    tarn: async () => tarn.release(await tarn.acquire().promise),
  };
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, [] as number[]]));
  for (let round = 0; round < runs + 1; round += 1) {
    for (const [name, way] of Object.entries(ways)) {
      const startedAt = performance.now();
      for (let n = 0; n < 50_000; n += 1) await way();
      if (round > 0) times[name]?.push(((performance.now() - startedAt) * 1e6) / 50_000);
    }
  }
  const base = median(times["@bal/pool"] ?? []);
  for (const [name, all] of Object.entries(times)) {
    console.log(
      `take and give back  ${name.padEnd(12)} ${median(all).toFixed(0).padStart(6)} ns  theirs × ${(median(all) / base).toFixed(2)}`,
    );
  }
  await Promise.all([made.close(), generic.drain().then(() => generic.clear()), tarn.destroy()]);
}

await acquiring();
await onThreads();
fromBurstToRightSize();
process.exit(0);
