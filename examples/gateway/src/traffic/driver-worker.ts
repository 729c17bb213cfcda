// The thread in which the traffic is made, so that a busy gateway cannot delay its own arrivals.

import { parentPort, workerData } from "node:worker_threads";
import { type ArrivalOptions, arrivals } from "./arrivals.ts";
import { type Driven, drive, type Progress } from "./drive.ts";

/** What the thread is started with. */
export interface DriverOrder extends ArrivalOptions {
  readonly url: string;
  readonly patienceMs: number;
}

/** What it tells: how it goes, and at last how it went. */
export type DriverNews = { readonly progress: Progress } | { readonly driven: Driven };

const port = parentPort;
if (port !== null) {
  const order = workerData as DriverOrder;
  const stop = new AbortController();
  port.once("message", () => stop.abort());
  const { url, patienceMs } = order;
  const driven = await drive({
    url,
    patienceMs,
    arrivals: arrivals(order),
    signal: stop.signal,
    onProgress: (progress) => port.postMessage({ progress } satisfies DriverNews),
  });
  port.postMessage({ driven } satisfies DriverNews);
  port.close();
}
