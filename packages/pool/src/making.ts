// Makes services: so many at once, each with a time limit and a signal, with pauses after failures.

import { checkMethods, MakeError } from "@bal/errors";
import { type Make, type Service, startCall } from "@bal/service";
import { Backoff, type BackoffSettings } from "./backoff.ts";

export interface MakingSettings extends BackoffSettings {
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly now: () => number;
}

/** Who hears of the makes. */
export interface MakingEvents<S> {
  making(key: number): void;
  /** `failuresBefore`: how many makes had failed in a row before this one. */
  made(key: number, service: S, how: { readonly tookMs: number; readonly failuresBefore: number }): void;
  failed(key: number, error: MakeError, pauseMs: number): void;
}

export class Making<Target, S extends Service<never, unknown>> {
  readonly #make: Make<Target, S>;
  readonly #target: Target;
  readonly #settings: MakingSettings;
  readonly #events: MakingEvents<S>;
  /** What has begun, with what stops its time limit. */
  readonly #running = new Map<AbortController, () => void>();
  readonly #backoff: Backoff;
  #wanted = 0;
  #keys = 0;

  constructor(make: Make<Target, S>, target: Target, settings: MakingSettings, events: MakingEvents<S>) {
    this.#make = make;
    this.#target = target;
    this.#settings = settings;
    this.#events = events;
    this.#backoff = new Backoff(settings, () => this.#begin());
  }

  /** Makes asked for that have not ended. */
  get size(): number {
    return this.#wanted + this.#running.size;
  }

  /** Makes that have begun and not ended. */
  get running(): number {
    return this.#running.size;
  }

  /** Asks for `n` more. */
  want(n: number): void {
    this.#wanted += n;
    this.#begin();
  }

  /** Takes back up to `n` that have not begun; returns how many. */
  drop(n: number): number {
    const dropped = Math.min(n, this.#wanted);
    this.#wanted -= dropped;
    return dropped;
  }

  /** A service has died before it ever answered: the first in a row is made up for at once, those after it are failures. */
  diedUnused(failuresBefore: number): void {
    this.#backoff.failed(failuresBefore, 1);
  }

  /** Aborts what has begun; what that still produces is closed. */
  stop(reason: unknown): void {
    this.#wanted = 0;
    this.#backoff.stop();
    const running = [...this.#running];
    this.#running.clear();
    for (const [controller, cancelLimit] of running) {
      cancelLimit();
      controller.abort(reason);
    }
  }

  #begin(): void {
    // After a failure one make tries alone whether it is over.
    const most = this.#backoff.failures > 0 ? 1 : this.#settings.concurrency;
    while (this.#wanted > 0 && !this.#backoff.pausing && this.#running.size < most) {
      this.#wanted -= 1;
      this.#run();
    }
  }

  #run(): void {
    const { timeoutMs, schedule, now } = this.#settings;
    const controller = new AbortController();
    const failuresBefore = this.#backoff.failures;
    const startedAt = now();
    const key = this.#keys;
    this.#keys += 1;

    /** Whether this make still counts; from the first yes on it does not. */
    const ends = (): boolean => {
      this.#running.get(controller)?.();
      return this.#running.delete(controller);
    };
    const failed = (error: MakeError): void => {
      if (ends()) this.#events.failed(key, error, this.#backoff.failed(failuresBefore));
    };
    const rejected = (cause: unknown): void => {
      failed(new MakeError(`make ${key} of the pool failed`, { cause }));
    };
    const cancelLimit = schedule(timeoutMs, () => {
      const error = new MakeError(`make ${key} of the pool produced nothing within ${timeoutMs} ms`);
      failed(error);
      controller.abort(error);
    });
    this.#running.set(controller, cancelLimit);
    this.#events.making(key);

    startCall(this.#make, this.#target, { signal: controller.signal })
      .then((service) => {
        if (!this.#running.has(controller)) return closeLate(service);
        checkMethods("what a make produces", service, ["ready", "call"]);
        ends();
        this.#backoff.failures = 0;
        this.#events.made(key, service, { tookMs: now() - startedAt, failuresBefore });
        this.#begin();
        return undefined;
      })
      .catch(rejected);
  }
}

/** Closes what came after its make was given up; nobody is left who could hear that it fails. */
async function closeLate(service: Service<never, unknown> | undefined): Promise<void> {
  try {
    await service?.close?.();
  } catch {}
}
