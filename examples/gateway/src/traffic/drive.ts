// Sends requests at given moments, and measures each from the moment at which it should have been sent.

import { Pool } from "undici";

export interface DriveOptions {
  readonly url: string;
  /** In ms from the start, in order. */
  readonly arrivals: Float64Array;
  /** An answer that takes longer is an error. */
  readonly patienceMs: number;
  readonly signal?: AbortSignal;
  /** Hears how it goes, about ten times a second. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly sent: number;
  readonly answered: number;
  readonly errors: number;
}

export interface Driven extends Progress {
  /** In ms, one for each request that was sent, in the order of arrival. */
  readonly latencies: Float64Array;
  /** 1 where the answer was no 2xx, or none. */
  readonly failures: Uint8Array;
}

/**
 * Resolves when every answer is in.
 *
 * A timer that is late, or a gateway that cannot keep up, delays the sending; the wait counts, since a latency begins at
 * the scheduled arrival. So nothing is left out of the picture ("coordinated omission", Gil Tene).
 */
export async function drive({ url, arrivals, patienceMs, signal, onProgress }: DriveOptions): Promise<Driven> {
  const pool = new Pool(url, { pipelining: 1, headersTimeout: patienceMs, bodyTimeout: patienceMs });
  const latencies = new Float64Array(arrivals.length);
  const failures = new Uint8Array(arrivals.length);
  let sent = 0;
  let answered = 0;
  let errors = 0;
  const begin = performance.now();
  const ticker = setInterval(() => onProgress?.({ sent, answered, errors }), 100);

  const send = async (index: number): Promise<void> => {
    let failed = 1;
    try {
      const { statusCode, body } = await pool.request({ path: `/work/${index}`, method: "GET" });
      await body.dump();
      failed = statusCode < 300 ? 0 : 1;
    } catch {
      // Counted.
    }
    latencies[index] = performance.now() - begin - (arrivals[index] as number);
    failures[index] = failed;
    answered += 1;
    errors += failed;
  };

  const answers: Promise<void>[] = [];
  while (sent < arrivals.length && !signal?.aborted) {
    const ahead = (arrivals[sent] as number) - (performance.now() - begin);
    if (ahead > 0) await new Promise((resolve) => setTimeout(resolve, ahead));
    else answers.push(send(sent++));
  }
  await Promise.all(answers);
  clearInterval(ticker);
  onProgress?.({ sent, answered, errors });
  await pool.close();
  return { sent, answered, errors, latencies: latencies.subarray(0, sent), failures: failures.subarray(0, sent) };
}
