// Hashing on worker threads: the pool follows a load that rises and falls, and outlives aborts and a crash.

import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { pendingRequests } from "@bal/load";
import { balance } from "@bal/p2c";
import { pool, staffing } from "@bal/pool";
import { serviceFn } from "@bal/service";
import { draw, type Sample, show } from "./08-worker-pool/chart.ts";
import { startThread } from "./08-worker-pool/thread-service.ts";

const seconds = Number(process.argv[2] ?? 12);
const make = serviceFn(async (file: URL, options) => pendingRequests()(await startThread(file, options)));
const threads = pool(make, new URL(`08-worker-pool/hash-thread${import.meta.url.slice(-3)}`, import.meta.url), {
  balance: (services) => balance(services),
  sizing: staffing({ holdMs: 1_000 }),
  max: 8,
});

// Real data: a quarter of a megabyte of Node itself for each task.
const node = await open(process.execPath);
const pieces = Math.floor((await node.stat()).size / 2 ** 18);
const count = { hashed: 0, aborted: 0, crashed: 0, failed: 0 };
const tasks: Promise<void>[] = [];
let waits: number[] = [];

async function hash(piece: number): Promise<void> {
  const bytes = new Uint8Array(2 ** 18);
  await node.read(bytes, 0, bytes.length, (piece % pieces) * bytes.length);
  // A few take far too long and are given up; one crashes its thread.
  const signal = piece % 100 === 50 ? AbortSignal.timeout(50) : undefined;
  const task = { data: bytes.buffer, rounds: signal ? 1e6 : 8, crash: piece === 30 };
  const arrivedAt = performance.now();
  const started = () => void waits.push(performance.now() - arrivedAt);
  const outcome = threads.call({ ...task, started }, { signal }).then(
    () => "hashed" as const,
    (error) => (signal?.aborted ? "aborted" : error.code === "BAL_ENDPOINT" ? "crashed" : "failed"),
  );
  count[await outcome] += 1;
}

const samples: Sample[] = [];
for (let atMs = 0; atMs <= seconds * 1_000 + 3_000; atMs += 100) {
  const before = tasks.length;
  // From 10 tasks a second up to 250 and back, then nothing.
  const load = atMs < seconds * 1_000 ? 1 + 24 * Math.sin((Math.PI * atMs) / seconds / 1_000) ** 2 : 0;
  for (let n = 0; n < Math.round(load); n += 1) tasks.push(hash(tasks.length));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const waitMs = waits.reduce((sum, wait) => sum + wait, 0) / (waits.length || 1);
  samples.push({ atMs, arrivals: (tasks.length - before) * 10, size: threads.size, waitMs });
  waits = [];
  show(samples);
}
await Promise.all(tasks);
await Promise.all([threads.close(), node.close()]);
const picture = new URL("08-worker-pool.svg", import.meta.url);
draw(samples, picture);
const most = Math.max(...samples.map(({ size }) => size));
console.log(`${tasks.length} tasks: ${JSON.stringify(count)}; up to ${most} threads; see ${fileURLToPath(picture)}`);
