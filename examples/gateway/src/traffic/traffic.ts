// Open-loop traffic from a thread of its own.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Driven, Progress } from "./drive.ts";
import type { DriverNews, DriverOrder } from "./driver-worker.ts";

export interface TrafficOptions extends DriverOrder {
  /** No further request is sent; what was sent is waited for. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Sends what `rate`, `seed` and `durationMs` say to `url`, and resolves with what came of it. */
export async function traffic({ signal, onProgress, ...order }: TrafficOptions): Promise<Driven> {
  const worker = new Worker(new URL("./driver-worker.js", import.meta.url), { workerData: order, execArgv: [] });
  const stop = (): void => worker.postMessage("stop");
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  let driven: Driven | undefined;
  worker.on("message", (news: DriverNews) => {
    if ("driven" in news) driven = news.driven;
    else onProgress?.(news.progress);
  });
  await once(worker, "exit"); // an error of the thread rejects this
  signal?.removeEventListener("abort", stop);
  if (driven === undefined) throw new Error("the traffic thread ended without a result");
  return driven;
}
