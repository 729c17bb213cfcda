// What runs in each thread: hashes the buffer it is handed, again and again, and hands it back.

import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";

export interface Task {
  readonly data: ArrayBuffer;
  readonly rounds: number;
  /** Ends the thread in the middle of it, as a crash would. */
  readonly crash?: boolean;
}

export interface Done {
  readonly data: ArrayBuffer;
  readonly hash: string;
  readonly stopped: boolean;
}

/** Above 0: stop what is being done. Shared, since a thread at work reads no messages. */
const stop = workerData as Int32Array;

parentPort?.on("message", ({ data, rounds, crash }: Task) => {
  if (crash) process.exit(3);
  let hash = "";
  let round = 0;
  for (; round < rounds && Atomics.load(stop, 0) === 0; round += 1) {
    hash = createHash("sha256").update(new Uint8Array(data)).update(hash).digest("hex");
  }
  const done: Done = { data, hash, stopped: round < rounds };
  // Transferred both ways: neither side copies it.
  parentPort?.postMessage(done, [data]);
});
