// Sends a request through the balance, and again elsewhere where that is safe.

import { type Service, startCall } from "@bal/service";
import type { Fleet } from "./fleet.ts";
import { neverSent } from "./never-sent.ts";
import { type OriginRequest, resendable } from "./origin-request.ts";
import { triedAlready } from "./origin-service.ts";
import type { Outcome, Retry } from "./retry.ts";
import type { Sending } from "./sending.ts";

export class Sender {
  readonly #balance: Service<OriginRequest, Response>;
  readonly #fleet: Fleet;
  readonly #retry: Retry | undefined;

  constructor(balance: Service<OriginRequest, Response>, fleet: Fleet, retry: Retry | undefined) {
    this.#balance = balance;
    this.#fleet = fleet;
    this.#retry = retry;
  }

  send(sending: Sending): Promise<Response> {
    const signal = sending.init?.signal ?? undefined;
    this.#retry?.deposit();
    const response = startCall(this.#balance, sending, signal && { signal });
    const failed = (error: unknown): Promise<Response> => this.#ended(sending, { error });
    return this.#retry === undefined
      ? response.catch(failed)
      : response.then((answer) => this.#ended(sending, { response: answer }), failed);
  }

  /** Settles with how the request ended, or sends it again. */
  async #ended(sending: Sending, first: Outcome): Promise<Response> {
    let outcome = first;
    let retries = 0;
    while (sending.at !== undefined && !sending.init?.signal?.aborted && resendable(sending.init)) {
      const unsent = "error" in outcome && neverSent(outcome.error);
      if (!unsent) {
        if (retries === (this.#retry?.max ?? 0) || !this.#retry?.wants(outcome, sending.init?.method)) break;
        retries += 1;
      }
      sending.tried ??= new Set();
      sending.tried.add(sending.at);
      if (this.#fleet.others(sending.tried).length === 0 || !(unsent || this.#retry?.withdraw())) break;
      const next = await this.#elsewhere(sending);
      if (next === undefined) break;
      if ("response" in outcome) outcome.response.body?.cancel().catch(() => {});
      outcome = next;
    }
    if ("error" in outcome) throw outcome.error;
    return outcome.response;
  }

  /** One attempt on an endpoint that has not had the request; undefined where none can be had. */
  async #elsewhere(sending: Sending): Promise<Outcome | undefined> {
    const signal = sending.init?.signal ?? undefined;
    const { tried = new Set() } = sending;
    for (let passedOver = 0; passedOver < patience; ) {
      const callOff = new AbortController();
      sending.callOff = callOff;
      sending.at = undefined;
      const options = { signal: signal ? AbortSignal.any([signal, callOff.signal]) : callOff.signal };
      try {
        return { response: await this.#fleet.avoiding(tried, () => startCall(this.#balance, sending, options)) };
      } catch (error) {
        if (signal?.aborted) return { error: signal.reason };
        if (error !== triedAlready) return sending.at === undefined ? undefined : { error };
      }
      // It had to wait, and its turn came where it was before.
      const others = this.#fleet.others(tried);
      if (others.length === 0) break;
      if (others.some(({ hasRoom }) => hasRoom)) passedOver += 1;
      else await Promise.race([...others.map((other) => other.roomPromise()), aborted(signal)]);
    }
    return undefined;
  }
}

/** How often the balancer may pass over endpoints that have room (it may have dropped them) before the failure stands. */
const patience = 5;

function aborted(signal: AbortSignal | undefined): Promise<unknown> {
  return new Promise((resolve) => signal?.addEventListener("abort", resolve, { once: true }));
}
