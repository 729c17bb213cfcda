// Which endpoints there are: follows discovery, replaces, removes and drops, and closes what is drained.

import { ClosedError, DiscoverError, InvalidOptionError, NoEndpointsError } from "@bal/errors";
import { type Change, checkService, tell, uncaught } from "@bal/service";
import { Draining, type DrainingOptions } from "./draining.ts";
import { type AnyService, gone, Member, type MemberEvents, notReady } from "./member.ts";
import type { DiscoverReader } from "./read-discover.ts";
import { type ReadinessEvents, ReadySet, type ReadySetOptions } from "./ready-set.ts";

/** What the queue in front needs to hear. */
export interface MembershipEvents {
  /** An endpoint may have become ready, or the last one that could has gone. */
  moved(): void;
}

export interface MembershipOptions<K, S extends AnyService> extends ReadySetOptions<K, S>, DrainingOptions<K> {}

export class Membership<K, S extends AnyService>
  implements DiscoverReader<K, S>, ReadinessEvents<Member<K, S>>, MemberEvents<Member<K, S>>
{
  readonly ready: ReadySet<K, S>;
  readonly #options: MembershipOptions<K, S>;
  readonly #events: MembershipEvents;
  readonly #draining: Draining<K, S>;
  readonly #members = new Map<K, Member<K, S>>();
  /** Who waits to be ready and then to take the place of the member under its key. */
  readonly #replacements = new Map<K, Member<K, S>>();
  /** What calls reject with while there is no endpoint, once none can come any more. */
  #hopeless: (() => Error) | undefined;
  /** What the last endpoint that failed did so with. */
  #lastFailure: unknown;
  #closed = false;

  constructor(options: MembershipOptions<K, S>, events: MembershipEvents) {
    this.#options = options;
    this.#events = events;
    this.#draining = new Draining(options);
    this.ready = new ReadySet(options, this);
  }

  get size(): number {
    return this.#members.size;
  }

  values(): Iterable<Member<K, S>> {
    return this.#members.values();
  }

  /** Retires all, now and whatever still comes; resolves when everything is closed. */
  close(): Promise<void> {
    this.#closed = true;
    this.#hopeless = () => new ClosedError("the balance is closed");
    for (const member of this.#replacements.values()) this.#retire(member);
    for (const member of this.#members.values()) this.#retire(member);
    this.#members.clear();
    return this.#draining.finish();
  }

  batch(changes: readonly Change<K, S>[]): void {
    const wrong: unknown[] = [];
    for (const change of changes) {
      try {
        this.#change(change);
      } catch (error) {
        // Those behind it count too, or nobody would close them.
        wrong.push(error);
      }
    }
    // Only now, since a service may go under one key and come under another in one batch.
    this.grown();
    if (wrong.length > 0) throw wrong[0];
  }

  ended(): void {
    this.#hopeless = () =>
      new NoEndpointsError("discovery ended, and no endpoint is left", { cause: this.#lastFailure });
    tell(this.#options.observer, "discoveryEnded");
    this.#events.moved();
  }

  failed(error: unknown): void {
    this.#hopeless = () => new DiscoverError("discovery failed, and no endpoint is left", { cause: error });
    tell(this.#options.observer, "discoveryFailed", error);
    this.#events.moved();
  }

  dropped(member: Member<K, S>, error: unknown): void {
    const { key } = member;
    this.#lastFailure = error;
    const replacement = this.#replacements.get(key);
    this.#replacements.delete(key);
    if (replacement === undefined) this.#members.delete(key);
    else if (replacement !== member) this.#members.set(key, replacement);
    this.#retire(member);
    tell(this.#options.observer, "failed", key, error);
    this.grown();
  }

  admitted(member: Member<K, S>): void {
    if (this.#replacements.get(member.key) !== member) return;
    const { key } = member;
    const old = this.#members.get(key) as Member<K, S>;
    this.#replacements.delete(key);
    this.#members.set(key, member);
    this.#retire(old);
    tell(this.#options.observer, "replaced", key);
  }

  grown(): void {
    this.#draining.sweep();
    this.#events.moved();
  }

  changed(member: Member<K, S>): void {
    if (member.place >= 0) {
      try {
        this.#options.picker.changed?.(member);
      } catch (error) {
        // Or a request would have begun that is never over.
        uncaught(error);
      }
    } else if (member.place === gone) this.#draining.ended(member);
  }

  /** Why no call can ever succeed; undefined while one can. */
  failure(): Error | undefined {
    return this.#members.size > 0 ? undefined : this.#hopeless?.();
  }

  #change(change: Change<K, S>): void {
    if (change?.type === "insert") this.#insert(change.key, change.service);
    else if (change?.type === "remove") this.#remove(change.key);
    else throw new InvalidOptionError("a change of discover", { expected: "an insert or a remove", came: change });
  }

  #insert(key: K, service: S): void {
    checkService("an inserted service", service);
    if (this.#closed) {
      this.#draining.close(key, service);
      return;
    }
    this.#retireFrom(this.#replacements, key);
    const member = this.#members.get(key);
    if (member?.service === service) return;
    const arrived = this.#draining.takeBack(service) ?? new Member<K, S>(key, service, this, this.#options.closes);
    arrived.key = key;
    arrived.place = notReady;
    (member === undefined ? this.#members : this.#replacements).set(key, arrived);
    if (this.#options.picker.changed !== undefined) service.watch?.(arrived);
    tell(this.#options.observer, "inserted", key);
    try {
      this.ready.enter(arrived);
    } catch (error) {
      this.dropped(arrived, error);
      throw error;
    }
  }

  #remove(key: K): void {
    this.#retireFrom(this.#replacements, key);
    if (this.#retireFrom(this.#members, key)) tell(this.#options.observer, "removed", key);
  }

  #retireFrom(members: Map<K, Member<K, S>>, key: K): boolean {
    const member = members.get(key);
    if (member === undefined) return false;
    this.#retire(member);
    return members.delete(key);
  }

  #retire(member: Member<K, S>): void {
    if (member.place >= 0) this.ready.delete(member);
    member.place = gone;
    this.#draining.add(member);
  }
}
