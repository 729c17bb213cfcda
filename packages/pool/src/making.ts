// Makes services: so many at once, each with a time limit and a signal, with pauses after failures.

import { MakeError } from "@bal/errors";
import { type CallOptions, checkService, type Schedule, type Service, serviceFn, tell } from "@bal/service";
import type { PoolObserver } from "./pool-observer.ts";

export interface MakingSettings {
  readonly makeConcurrency: number;
  readonly makeTimeoutMs: number;
  readonly baseMs: number;
  readonly maxMs: number;
  readonly now: () => number;
  readonly schedule: Schedule;
  readonly random: () => number;
  readonly observer: PoolObserver | undefined;
}

/** Who hears of the makes. */
export interface MakingEvents<S> {
  /** `failuresBefore`: how many makes had failed in a row before this one. */
  made(key: number, service: S, tookMs: number, failuresBefore: number): void;
  makeFailed(key: number, error: MakeError, pauseMs: number): void;
}

export class Making<S extends Service<never, unknown>> {
  readonly #make: (options: CallOptions) => Promise<S>;
  readonly #settings: MakingSettings;
  readonly #events: MakingEvents<S>;
  readonly #running = new Set<AbortController>();
  #wanted = 0;
  #keys = 0;
  /** Failures in a row. Of makes that ran side by side only one counts. */
  #failures = 0;
  #cancelPause: (() => void) | undefined;

  constructor(make: (options: CallOptions) => Promise<S>, settings: MakingSettings, events: MakingEvents<S>) {
    this.#make = make;
    this.#settings = settings;
    this.#events = events;
  }

  /** Makes asked for that have not ended. */
  get size(): number {
    return this.#wanted + this.#running.size;
  }

  /** Makes that have begun and not ended. */
  get running(): number {
    return this.#running.size;
  }

  /** Asks for `n` more, or takes back up to `-n` that have not begun; returns by how many that changed. */
  add(n: number): number {
    const added = Math.max(n, -this.#wanted);
    this.#wanted += added;
    this.#begin();
    return added;
  }

  /**
   * A make has come to nothing that began after `before` failures; returns the pause until the next, twice as long each
   * time and varied at random. The first `free` failures in a row cost none.
   */
  failed(before: number, free = 0): number {
    const { baseMs, maxMs, schedule, random } = this.#settings;
    this.#failures = Math.max(this.#failures, before + 1);
    if (this.#failures <= free) return 0;
    const pauseMs = Math.min(maxMs, baseMs * 2 ** (this.#failures - free - 1)) * (0.5 + 0.5 * random());
    this.#cancelPause ??= schedule(pauseMs, () => {
      this.#cancelPause = undefined;
      this.#begin();
    });
    return pauseMs;
  }

  /** Aborts what has begun; what that still produces is closed. */
  stop(reason: unknown): void {
    this.#wanted = 0;
    this.#cancelPause?.();
    for (const controller of this.#running) controller.abort(reason);
    this.#running.clear();
  }

  #begin(): void {
    // After a failure one make tries alone whether it is over.
    const most = this.#failures > 0 ? 1 : this.#settings.makeConcurrency;
    while (this.#wanted > 0 && this.#cancelPause === undefined && this.#running.size < most) {
      this.#wanted -= 1;
      void this.#run();
    }
  }

  async #run(): Promise<void> {
    const { makeTimeoutMs, schedule, now, observer } = this.#settings;
    const key = this.#keys;
    this.#keys += 1;
    const before = this.#failures;
    const startedAt = now();
    const controller = new AbortController();
    const { signal } = controller;
    this.#running.add(controller);
    const cancelLimit = schedule(makeTimeoutMs, () =>
      controller.abort(new MakeError(`make ${key} of the pool produced nothing within ${makeTimeoutMs} ms`)),
    );
    tell(observer, "making", key);
    // Rejects at once when it is aborted; what comes later is closed, and nobody is left who could hear that it fails.
    const making = serviceFn(async () => {
      const service = checkService("what a make produces", await this.#make({ signal }));
      if (signal.aborted) return service.close?.();
      this.#running.delete(controller);
      this.#failures = 0;
      return this.#events.made(key, service, now() - startedAt, before);
    });
    try {
      await making.call(undefined, { signal });
    } catch (cause) {
      if (!this.#running.delete(controller)) return;
      const error = signal.aborted ? signal.reason : new MakeError(`make ${key} of the pool failed`, { cause });
      this.#events.makeFailed(key, error, this.failed(before));
    } finally {
      cancelLimit();
      this.#begin();
    }
  }
}
