// Ends the wait of requests for which no upstream has room: at once when there is nothing to wait for, else after a while.

import type { Upstream } from "../upstream/upstream.ts";
import { noUpstream, waitedTooLong } from "./failure.ts";

export interface Patience {
  /** Watches over one more that waits; the returned function ends the watch. */
  watch(waiting: AbortController): () => void;
}

/** `longestMs`: how long a request may wait. Looks after all of them twenty times a second, and only while some wait. */
export function patience(present: () => readonly Upstream[], longestMs: number): Patience {
  const waiting = new Map<AbortController, number>();
  let timer: NodeJS.Timeout | undefined;

  const look = (): void => {
    const now = performance.now();
    const upstreams = present();
    // With none known, the first may be found any moment.
    const hopeless = upstreams.length > 0 && upstreams.every((upstream) => !upstream.up);
    for (const [abort, since] of waiting) {
      if (!hopeless && now - since < longestMs) continue;
      const known = upstreams.length;
      abort.abort(hopeless || known === 0 ? noUpstream(known) : waitedTooLong(longestMs));
      waiting.delete(abort);
    }
    if (waiting.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  return {
    watch(abort) {
      waiting.set(abort, performance.now());
      timer ??= setInterval(look, 50);
      look();
      return () => waiting.delete(abort);
    },
  };
}
