/** Our side of a measurement: a process that runs one window for each line of input and answers with nanoseconds. */
import { createInterface } from "node:readline";
import type { Change } from "@bal/service";
import { AtOnce, Busy, Fed, Later, type Plain } from "./endpoints.ts";
import { type Balanced, balanced, type LoadName, loads, type Measured, type PickerName } from "./kinds.ts";

/** What a row measures. Heap is in bytes an endpoint, all others in ns a request or an endpoint. */
export type Shape = "plain" | "flight" | "churn" | "build" | "heap" | "queue" | "abort";

export interface Job {
  readonly shape: Shape;
  readonly load: LoadName;
  readonly picker: PickerName;
  readonly endpoints: number;
  /** Requests in a window. */
  readonly requests: number;
}

/** [without a balancer, with one] */
export type Window = readonly [number, number];

async function plain(service: Plain, requests: number): Promise<void> {
  for (let request = 0; request < requests; request += 1) await service.call(request);
}

/** A hundred begin, then each is answered on a later turn. */
async function flight(service: Plain, requests: number, held: ((value: number) => void)[]): Promise<void> {
  const flying: Promise<number>[] = [];
  for (let done = 0; done < requests; done += 100) {
    for (let request = 0; request < 100; request += 1) flying.push(service.call(request));
    for (const resolve of held) resolve(1);
    held.length = 0;
    for (const each of flying) await each;
    flying.length = 0;
  }
}

async function time(run: () => unknown, per: number): Promise<number> {
  const begin = performance.now();
  await run();
  return ((performance.now() - begin) * 1e6) / per;
}

/** Keys from `first` on, all inserted in one batch. */
function inserts(make: () => Measured, first: number, count: number): Change<number, Measured>[] {
  return Array.from({ length: count }, (_, index) => ({
    type: "insert",
    key: first + index,
    service: make(),
  }));
}

async function filled(
  batch: readonly Change<number, Measured>[],
  { picker }: Job,
): Promise<{ all: Balanced; fed: Fed<Measured> }> {
  const fed = new Fed<Measured>();
  fed.feed(batch);
  const all = balanced(fed, picker);
  await all.ready();
  return { all, fed };
}

/** Prepares a job; each call of what it returns is one window. */
export async function prepare(job: Job): Promise<() => Promise<Window>> {
  const { shape, endpoints, requests } = job;
  const layer = loads[job.load]();
  const held: ((value: number) => void)[] = [];
  const make = (): Measured => layer(shape === "flight" ? new Later(held) : new AtOnce());

  if (shape === "build") {
    return async () => {
      const batch = inserts(make, 0, endpoints);
      return [0, await time(() => filled(batch, job), endpoints)];
    };
  }
  if (shape === "heap") return async () => [0, await heap(make, job)];
  if (shape === "queue" || shape === "abort") {
    return async () => [await time(() => plain(new AtOnce(), requests), requests), await waiting(job, layer)];
  }

  const { all, fed } = await filled(inserts(make, 0, endpoints), job);
  const bare = shape === "flight" ? new Later(held) : new AtOnce();
  if (shape === "flight") {
    return async () => [
      await time(() => flight(bare, requests, held), requests),
      await time(() => flight(all, requests, held), requests),
    ];
  }
  let oldest = 0;
  const churn = async (): Promise<void> => {
    for (let request = 0; request < requests; request += 1) {
      fed.feed([
        { type: "remove", key: oldest },
        { type: "insert", key: oldest + endpoints, service: make() },
      ]);
      oldest += 1;
      await all.call(request);
    }
  };
  return async () => [
    await time(() => plain(bare, requests), requests),
    await time(shape === "churn" ? churn : () => plain(all, requests), requests),
  ];
}

/** Requests that wait for the first endpoint with room, all started by it, or all aborted in the order they came. */
async function waiting({ shape, picker, requests }: Job, layer: (inner: Plain) => Measured): Promise<number> {
  const server = new Busy();
  const fed = new Fed<Measured>();
  fed.feed([{ type: "insert", key: 0, service: layer(server) }]);
  const all = balanced(fed, picker);
  await Promise.resolve();
  const aborts = shape === "abort" ? Array.from({ length: requests }, () => new AbortController()) : [];
  const ns = await time(async () => {
    const calls: Promise<unknown>[] = [];
    for (let request = 0; request < requests; request += 1) {
      const call = all.call(request, shape === "abort" ? { signal: aborts[request]!.signal } : undefined);
      calls.push(shape === "abort" ? call.catch(() => {}) : call);
    }
    for (const abort of aborts) abort.abort();
    if (shape === "queue") server.free();
    for (const call of calls) await call;
  }, requests);
  server.free();
  await all.close();
  return ns;
}

/** What the balance holds for each endpoint, beyond the services and their loads. */
async function heap(make: () => Measured, job: Job): Promise<number> {
  const used = (): number => {
    (globalThis as { gc?: () => void }).gc?.();
    return process.memoryUsage().heapUsed;
  };
  const fed = new Fed<Measured>();
  const batch = inserts(make, 0, job.endpoints);
  const before = used();
  fed.feed(batch);
  const all = balanced(fed, job.picker);
  await all.ready();
  await plain(all, 1);
  const bytes = (used() - before) / job.endpoints;
  if (all.size !== batch.length) throw new Error("an endpoint is missing");
  return bytes;
}

/** Runs the job of the arguments until the input ends. */
export async function play(job: Job): Promise<void> {
  const window = await prepare(job);
  for await (const _ of createInterface({ input: process.stdin })) {
    process.stdout.write(`${(await window()).map((ns) => ns.toFixed(1)).join(" ")}\n`);
  }
}
