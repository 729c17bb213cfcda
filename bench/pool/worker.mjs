// What the threads of every contender do: nothing, or a millisecond of work.
import { parentPort } from "node:worker_threads";

export default function work({ ms }) {
  if (ms === 0) return 0;
  const end = performance.now() + ms;
  let n = 0;
  while (performance.now() < end) n += 1;
  return n;
}

// For @bal/pool, whose thread is a service of the bench's own. The others bring their own way of talking.
if (process.env.BAL_WORKER === "1") parentPort.on("message", (task) => parentPort.postMessage(work(task)));
