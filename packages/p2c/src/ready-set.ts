// The endpoints that are ready, and how readiness is followed: whoever is not ready leaves, and comes back by itself.

import { EndpointError } from "@bal/errors";
import { askReady, type Endpoint, type Picker, tell } from "@bal/service";
import type { BalanceObserver } from "./balance-observer.ts";
import { type AnyService, gone, type Member, notReady } from "./member.ts";

/** Who hears how a member that was not ready goes on. */
export interface ReadinessEvents<M> {
  /** Ready: the member is about to be added. */
  admitted(member: M): void;
  /** Some members were added: what waits may start. */
  grown(): void;
  /** Failed for good: the member is none any more. */
  dropped(member: M, error: unknown): void;
}

export interface ReadySetOptions<K, S extends AnyService> {
  readonly picker: Picker<Endpoint<K, S>>;
  readonly observer: BalanceObserver<K> | undefined;
}

export class ReadySet<K, S extends AnyService> {
  readonly #members: Member<K, S>[] = [];
  readonly #picker: Picker<Endpoint<K, S>>;
  readonly #observer: BalanceObserver<K> | undefined;
  readonly #events: ReadinessEvents<Member<K, S>>;

  constructor({ picker, observer }: ReadySetOptions<K, S>, events: ReadinessEvents<Member<K, S>>) {
    this.#picker = picker;
    this.#observer = observer;
    this.#events = events;
  }

  get size(): number {
    return this.#members.length;
  }

  /** Asks a member that is not in: it is in from now on, or its promise is followed until it is. */
  enter(member: Member<K, S>): void {
    const answer = askReady(member.service);
    // Who is asked, or heard of its coming, may have closed the balance.
    if (answer !== true) this.#follow(member, answer);
    else if (member.place === notReady) this.#add(member);
  }

  /** Takes a member out that is in. */
  delete(member: Member<K, S>): void {
    const last = this.#members.pop() as Member<K, S>;
    if (last !== member) {
      this.#members[member.place] = last;
      last.place = member.place;
    }
    member.place = notReady;
    // It has left whatever the picker says.
    tell(this.#picker, "delete", member);
  }

  /** The member that the next request goes to, asked again right now. */
  choose(): Member<K, S> | undefined {
    while (this.#members.length > 0) {
      const member = this.#picker.pick() as Member<K, S> | undefined;
      if (member === undefined) break;
      // Nor may it be none of ours.
      if (!(member.place >= 0)) throw new EndpointError("the picker picked one that is not ready");
      if (this.check(member)) return member;
    }
    return undefined;
  }

  /** Whether any member is ready right now; draws none, so that asking never moves the picker on. */
  some(): boolean {
    for (let last = this.#members.at(-1); last !== undefined; last = this.#members.at(-1)) {
      if (this.check(last)) return true;
    }
    return false;
  }

  /** Whether a member that is in is ready right now. If not it leaves until it is. */
  check(member: Member<K, S>): boolean {
    const answer = askReady(member.service);
    if (answer === true) return member.place >= 0;
    if (member.place >= 0) {
      this.delete(member);
      tell(this.#observer, "busy", member.key);
    }
    this.#follow(member, answer);
    return false;
  }

  #add(member: Member<K, S>): void {
    this.#picker.add(member);
    member.place = this.#members.push(member) - 1;
    this.#events.admitted(member);
    tell(this.#observer, "ready", member.key);
  }

  #follow(member: Member<K, S>, readiness: Promise<void>): void {
    readiness.then(
      () => {
        if (member.place !== notReady) return;
        try {
          this.enter(member);
        } catch (error) {
          this.#events.dropped(member, error);
        }
        this.#events.grown();
      },
      (error: unknown) => {
        if (member.place !== gone) this.#events.dropped(member, error);
      },
    );
  }
}
