// Endpoints that get no new request: each is closed, once, when its last request has ended.

import { EndpointError } from "@bal/errors";
import { tell } from "@bal/service";
import type { BalanceObserver } from "./balance-observer.ts";
import type { AnyService, Member } from "./member.ts";

export interface DrainingOptions<K> {
  /** Whether services are closed at all. */
  readonly closes: boolean;
  readonly observer: BalanceObserver<K> | undefined;
}

/** What was retired and is not yet closed. */
export class Draining<K, S extends AnyService> {
  readonly #options: DrainingOptions<K>;
  readonly #members = new Map<S, Member<K, S>>();
  /** Added and not swept yet. */
  readonly #fresh: Member<K, S>[] = [];
  #closing = 0;
  #failures: unknown[] | undefined;
  #idle: (() => void) | undefined;

  constructor(options: DrainingOptions<K>) {
    this.#options = options;
  }

  /** Takes an endpoint over. Nothing is closed before `sweep` or the end of a request. */
  add(member: Member<K, S>): void {
    this.#members.set(member.service, member);
    this.#fresh.push(member);
    if (member.inFlight < 0) member.service.watch?.(member);
  }

  /** A service that was inserted again before it was closed stays open: gives back who it was, with what is in flight. */
  takeBack(service: S): Member<K, S> | undefined {
    const member = this.#members.get(service);
    if (member !== undefined) this.#leave(member);
    return member;
  }

  /** Closes what was added since the last sweep and has nothing in flight. */
  sweep(): void {
    for (let member = this.#fresh.pop(); member !== undefined; member = this.#fresh.pop()) this.ended(member);
  }

  /** A request ended on `member`, or may have. */
  ended(member: Member<K, S>): void {
    if (member.pending > 0 || this.#members.get(member.service) !== member) return;
    this.#leave(member);
    this.close(member.key, member.service);
  }

  /** Closes a service; a failure to is told to the observer, and kept for `finish`. */
  close(key: K, service: S): void {
    this.#closing += 1;
    let closing: Promise<void> | undefined;
    try {
      if (this.#options.closes) closing = service.close?.();
    } catch (error) {
      closing = Promise.reject(error);
    }
    if (closing === undefined) this.#closed(key);
    else {
      closing.then(
        () => this.#closed(key),
        (error: unknown) => {
          this.#failures?.push(error);
          this.#closed(key, error);
        },
      );
    }
  }

  /** Resolves when everything is closed; rejects then with what failed to close from now on. */
  async finish(): Promise<void> {
    this.#failures = [];
    this.sweep();
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
      this.#settle();
    });
    const { length } = this.#failures;
    if (length > 0) {
      const cause = length === 1 ? this.#failures[0] : new AggregateError(this.#failures);
      throw new EndpointError(`${length} endpoints could not be closed`, { cause });
    }
  }

  #closed(key: K, ...failure: [error?: unknown]): void {
    tell(this.#options.observer, "drained", key, ...failure);
    this.#closing -= 1;
    this.#settle();
  }

  #leave(member: Member<K, S>): void {
    this.#members.delete(member.service);
    member.service.unwatch?.(member);
  }

  #settle(): void {
    if (this.#members.size === 0 && this.#closing === 0) this.#idle?.();
  }
}
