// The part that all loads share which count requests: what is in flight, who hears of it, and the one `.then` of a request.

import {
  type CallOptions,
  type Follower,
  follow,
  type Load,
  type LoadWatcher,
  releaseNow,
  type Service,
  startCall,
} from "@bal/service";
import { type End, onResponse } from "./completion.ts";
import type { Rules } from "./rules.ts";
import { unmeasured, verdictOnError, verdictOnResponse } from "./verdict.ts";
import { Wrapped } from "./wrapped.ts";

/**
 * A service that knows its requests. A load notes the begin in its `call` (`begin`, then `send`) and what it learns in
 * `ended` (then `end`).
 */
export abstract class Measured<Req, Res, R extends Rules> extends Wrapped<Req, Res> implements Load, Follower<Res> {
  protected readonly rules: R;
  #pending = 0;
  #watcher: LoadWatcher | undefined;

  constructor(inner: Service<Req, Res>, rules: R) {
    super(inner);
    this.rules = rules;
  }

  get pending(): number {
    return this.#pending;
  }

  abstract load(): number;
  abstract override call(request: Req, options?: CallOptions): Promise<Res>;
  /** A request is over. `startedAt` and `place` are what `send` was given. */
  protected abstract ended(verdict: number, startedAt: number, place: number): void;

  watch(watcher: LoadWatcher): void {
    this.#watcher ??= watcher;
    if (this.#watcher instanceof Watchers) this.#watcher.add(watcher);
    else if (this.#watcher !== watcher) this.#watcher = new Watchers([this.#watcher, watcher]);
  }

  unwatch(watcher: LoadWatcher): void {
    if (this.#watcher === watcher) this.#watcher = undefined;
    else if (this.#watcher instanceof Watchers) this.#watcher.delete(watcher);
  }

  protected begin(): void {
    this.#pending += 1;
    this.moved();
  }

  protected end(): void {
    this.#pending -= 1;
    this.moved();
  }

  /** Tells who watches. */
  moved(): void {
    this.#watcher?.loadChanged();
  }

  /** Sends a request that has begun. The begin is noted, so a clock that was held for the choice runs again. */
  protected send(request: Req, options: CallOptions | undefined, startedAt: number, place: number): Promise<Res> {
    releaseNow();
    const response = startCall(this.inner, request, options);
    // Needs no promise of its own.
    if (this.rules.completion === onResponse) {
      follow(response, this, startedAt, place, options?.signal);
      return response;
    }
    return response.then(
      (value) => {
        const complete = this.#completer(verdictOnResponse(this.rules, value), startedAt, place, options?.signal);
        try {
          return this.rules.completion(value, complete) as Res;
        } catch (error) {
          complete({ measured: false });
          throw error;
        }
      },
      (error: unknown) => {
        this.rejected(error, startedAt, place, options?.signal);
        throw error;
      },
    );
  }

  fulfilled(response: Res, startedAt: number, place: number): void {
    this.ended(verdictOnResponse(this.rules, response), startedAt, place);
  }

  rejected(error: unknown, startedAt: number, place: number, signal: AbortSignal | undefined): void {
    this.ended(verdictOnError(this.rules, error, signal), startedAt, place);
  }

  // A method of its own: a closure made where the response is in sight would keep it from becoming garbage.
  #completer(verdict: number, startedAt: number, place: number, signal: AbortSignal | undefined): (end?: End) => void {
    let over = false;
    // `end` may be anything: `promise.then(complete)` hands on what the promise came to.
    return (end) => {
      if (over) return;
      over = true;
      if (end?.measured === false) this.ended(unmeasured, startedAt, place);
      else if ("error" in Object(end)) this.rejected((end as End).error, startedAt, place, signal);
      else this.ended(verdict, startedAt, place);
    };
  }
}

// More than one who wants to hear.
class Watchers extends Set<LoadWatcher> implements LoadWatcher {
  loadChanged(): void {
    for (const watcher of this) watcher.loadChanged();
  }
}
