/** A pool in virtual time: arrivals, tasks, makes and a sizer, without a promise in it, so that hours take seconds. */
import type { Sizing } from "@bal/pool";
import { seededRandom } from "@bal/service/testing";
import { type Event, EventQueue } from "./event-queue.ts";

type Random = () => number;

/** A workload and the services it meets. Times in ms. */
export interface Pattern {
  readonly name: string;
  /** How long arrivals go on; the first `warmMs` are not measured. */
  readonly forMs: number;
  readonly warmMs: number;
  /** Calls a ms at a time of the run; Poisson arrivals. */
  readonly rate: (nowMs: number) => number;
  /** An upper bound of `rate`. */
  readonly maxRate: number;
  /** Calls that arrive together each time; 1 unless given. */
  readonly batch?: number;
  readonly taskMs: (random: Random) => number;
  readonly makeMs: (random: Random) => number;
  /** The chance that a make fails at a time of the run; 0 unless given. */
  readonly makeFails?: (nowMs: number) => number;
  /** Tasks that one service takes at once; 1 unless given. */
  readonly slots?: number;
}

export interface Figures {
  readonly meanWaitMs: number;
  readonly p99WaitMs: number;
  /** Services that exist, draining ones included. */
  readonly meanSize: number;
  readonly makesPerMin: number;
  readonly calls: number;
}

/** A point of the run, for a picture. */
export interface Moment {
  readonly atMs: number;
  readonly size: number;
  readonly busy: number;
  readonly waiting: number;
}

interface Served {
  busy: number;
  serves: boolean;
}

const baseMs = 100;
const maxMs = 10_000;

export function simulate(
  pattern: Pattern,
  sizing: Sizing,
  { seed = 1, sampleMs = Infinity, min = 1 }: { seed?: number; sampleMs?: number; min?: number } = {},
): { figures: Figures; moments: Moment[] } {
  // Arrivals and tasks are the same for every sizing.
  const arrivals = seededRandom(seed);
  const tasks = seededRandom(seed + 1_000);
  const makes = seededRandom(seed + 2_000);
  const { slots = 1, batch = 1, forMs, warmMs } = pattern;
  const events = new EventQueue();
  const sizer = sizing.begin();
  const services: Served[] = [];
  const free: Served[] = [];
  const waiting: number[] = [];
  let head = 0;
  let nowMs = 0;
  let running = 0;
  let wanted = 0;
  let draining = 0;
  let failures = 0;
  let pausedUntil = 0;
  let ticking = false;
  let measuredFrom = 0;
  let sizeArea = 0;
  let calls = 0;
  let made = 0;
  const waits: number[] = [];
  const moments: Moment[] = [];
  const levels = {
    size: 0,
    inFlight: 0,
    min,
    max: Infinity,
    get making() {
      return wanted + running;
    },
    get waiting() {
      return waiting.length - head;
    },
  };

  const at = (ms: number, run: Event["run"]): void => events.add(nowMs + ms, run);

  function beginMakes(): void {
    const most = failures > 0 ? 1 : sizing.makeConcurrency;
    while (wanted > 0 && running < most && nowMs >= pausedUntil) {
      wanted -= 1;
      running += 1;
      const before = failures;
      at(pattern.makeMs(makes), () => {
        running -= 1;
        if (nowMs >= warmMs) made += 1;
        if (makes() < (pattern.makeFails?.(nowMs) ?? 0)) {
          failures = Math.max(failures, before + 1);
          const pauseMs = Math.min(maxMs, baseMs * 2 ** (failures - 1)) * (0.5 + 0.5 * makes());
          if (pausedUntil <= nowMs) {
            pausedUntil = nowMs + pauseMs;
            at(pauseMs, beginMakes);
          }
          if (levels.size === 0 && running === 0) wanted = Math.max(wanted, 1);
        } else {
          failures = 0;
          const service = { busy: 0, serves: true };
          services.push(service);
          levels.size += 1;
          for (let slot = 0; slot < slots; slot += 1) free.push(service);
          serve();
        }
        beginMakes();
      });
    }
  }

  function apply(decision: number): void {
    if (decision > 0) wanted += decision;
    let fewer = Math.min(-decision, levels.size + levels.making - min);
    if (fewer > 0) {
      const dropped = Math.min(fewer, wanted);
      wanted -= dropped;
      for (fewer = Math.min(fewer - dropped, levels.size - min); fewer > 0; fewer -= 1) remove();
    }
    if (levels.making > 0) beginMakes();
    startTicking();
  }

  function remove(): void {
    let least: Served | undefined;
    for (const service of services) if (service.serves && (least?.busy ?? Infinity) >= service.busy) least = service;
    if (least === undefined) return;
    const gone = least;
    gone.serves = false;
    levels.size -= 1;
    levels.inFlight -= gone.busy;
    if (gone.busy > 0) draining += 1;
    services.splice(services.indexOf(gone), 1);
    for (let index = free.length - 1; index >= 0; index -= 1) if (free[index] === gone) free.splice(index, 1);
  }

  function serve(): void {
    while (head < waiting.length && free.length > 0) {
      const service = free.pop() as Served;
      const arrivedAt = waiting[head] as number;
      head += 1;
      if (head > 1_000 && head * 2 > waiting.length) {
        waiting.splice(0, head);
        head = 0;
      }
      if (arrivedAt >= warmMs) waits.push(nowMs - arrivedAt);
      service.busy += 1;
      levels.inFlight += 1;
      at(pattern.taskMs(tasks), () => {
        service.busy -= 1;
        if (service.serves) {
          levels.inFlight -= 1;
          free.push(service);
          serve();
        } else if (service.busy === 0) draining -= 1;
      });
    }
  }

  function startTicking(): void {
    if (ticking || (levels.size <= min && levels.making + levels.inFlight + levels.waiting === 0)) return;
    ticking = true;
    at(sizer.tickMs, () => {
      ticking = false;
      apply(sizer.tick(levels));
      startTicking();
    });
  }

  function arrive(): void {
    const nextMs = -Math.log(1 - arrivals()) / pattern.maxRate;
    at(nextMs, () => {
      if (arrivals() * pattern.maxRate < pattern.rate(nowMs)) {
        for (let n = 0; n < batch; n += 1) {
          if (nowMs >= warmMs) calls += 1;
          const waits = free.length === 0 || levels.waiting > 0;
          waiting.push(nowMs);
          serve();
          apply(sizer.arrived(levels, waits));
          if (levels.size + levels.making === 0) apply(1);
        }
      }
      if (nowMs < forMs) arrive();
    });
  }

  function sample(): void {
    moments.push({ atMs: nowMs, size: levels.size + draining, busy: levels.inFlight, waiting: levels.waiting });
    at(sampleMs, sample);
  }

  wanted = min;
  beginMakes();
  arrive();
  if (sampleMs < Infinity) sample();
  for (let event = events.take(); event !== undefined && event.atMs <= forMs; event = events.take()) {
    if (event.atMs > warmMs) {
      sizeArea += (event.atMs - Math.max(measuredFrom, warmMs)) * (levels.size + draining);
      measuredFrom = event.atMs;
    }
    nowMs = event.atMs;
    event.run();
  }
  // Those that still wait have waited this long.
  for (let index = head; index < waiting.length; index += 1) {
    if ((waiting[index] as number) >= warmMs) waits.push(nowMs - (waiting[index] as number));
  }
  const measuredMs = forMs - warmMs;
  let total = 0;
  for (const wait of waits) total += wait;
  const sorted = Float64Array.from(waits).sort();
  return {
    figures: {
      meanWaitMs: total / Math.max(1, waits.length),
      p99WaitMs: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
      meanSize: sizeArea / measuredMs,
      makesPerMin: (made * 60_000) / measuredMs,
      calls,
    },
    moments,
  };
}
