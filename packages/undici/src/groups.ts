// The groups of a dispatcher: one for all origins, or one for each that was asked for.

import { checkMethods, InvalidOptionError } from "@bal/errors";
import type { Targets } from "./endpoints-of.ts";
import type { Group } from "./group.ts";
import { locate } from "./target.ts";

/**
 * The endpoints for whatever origin the caller writes; or a function that knows those of each origin, and returns
 * undefined for one that is not balanced.
 */
export type TargetsOf = Targets | ((origin: URL) => Targets | undefined);

/** @throws InvalidOptionError */
export function checkTargets(option: string, targets: unknown): void {
  if (typeof targets === "function") return;
  if (!Array.isArray(targets)) checkMethods(option, targets, [Symbol.asyncIterator]);
  else if (targets.length === 0)
    throw new InvalidOptionError(option, { expected: "one endpoint or more", came: targets });
  else for (const target of targets) locate(target, undefined);
}

export class Groups {
  readonly #targets: TargetsOf;
  readonly all: Group[] = [];
  readonly #make: (targets: Targets, origin: URL | undefined) => Group;
  /** By origin as it was written, so that none is parsed twice; undefined where it is not balanced. */
  readonly #byOrigin = new Map<string, Group | undefined>();
  readonly #forAll: Group | undefined;

  constructor(targets: TargetsOf, make: (targets: Targets, origin: URL | undefined) => Group) {
    this.#targets = targets;
    this.#make = (of, origin) => {
      const group = make(of, origin);
      this.all.push(group);
      return group;
    };
    if (typeof targets !== "function") this.#forAll = this.#make(targets, undefined);
  }

  /** @throws TypeError for an origin that is none */
  of(origin: string | URL | undefined): Group | undefined {
    if (this.#forAll !== undefined) return this.#forAll;
    const key = typeof origin === "string" ? origin : `${origin?.origin}`;
    if (this.#byOrigin.has(key)) return this.#byOrigin.get(key);
    const url = new URL(key);
    let group: Group | undefined;
    // The same origin may be written in several ways.
    if (url.origin !== key) group = this.of(url.origin);
    else {
      const targets = (this.#targets as (origin: URL) => Targets | undefined)(url);
      if (targets !== undefined) checkTargets(`the endpoints of ${key}`, targets);
      group = targets && this.#make(targets, url);
    }
    this.#byOrigin.set(key, group);
    return group;
  }
}
