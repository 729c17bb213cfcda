// Sends many requests to one service, as fast as it is ready for them.

import { checkMethods, checkNumber, InvalidOptionError } from "@bal/errors";
import type { CallOptions, Service } from "./service.ts";
import { startCall } from "./start-call.ts";

export interface CallAllOptions {
  /** Responses in the order of their requests, or as they finish. `true` unless given: what a loop would give. */
  readonly ordered?: boolean;
  /**
   * Requests begun whose response has not been taken yet, at most; 256 unless given: enough to keep a fleet busy, and a
   * bound where the service knows none.
   */
  readonly concurrency?: number;
  /** Ends the whole: rejects with `signal.reason`, and is passed to every call. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The responses to `requests`, each begun when the service is ready for it; nothing is taken from the source before.
 *
 * A failure is thrown in its place: when ordered after the answers before it, else when it happens; that of a service
 * which fails for good, or of the source, after what was begun. It closes the source and leaves what is in flight to
 * settle. So does leaving the loop early.
 *
 * @example
 * ```ts
 * import { callAll, serviceFn } from "@bal/service";
 *
 * const square = serviceFn(async (n: number) => n * n);
 * const squares = [];
 * for await (const response of callAll(square, [1, 2, 3])) squares.push(response);
 * console.log(squares); // → [ 1, 4, 9 ]
 * ```
 *
 * @throws InvalidOptionError at once, when an argument is wrong
 */
export function callAll<Req, Res>(
  service: Service<Req, Res>,
  requests: Iterable<Req> | AsyncIterable<Req>,
  options: CallAllOptions = {},
): AsyncIterable<Res> {
  checkMethods("service", service, ["ready", "call"]);
  checkNumber("concurrency", options.concurrency ?? 256, { min: 1, whole: true });
  const source = requests as unknown as { [open: symbol]: (() => Source<Req>) | undefined } | null | undefined;
  const open = source?.[Symbol.asyncIterator] ?? source?.[Symbol.iterator];
  if (typeof open !== "function") {
    throw new InvalidOptionError("requests", { expected: "an iterable or async iterable", came: requests });
  }
  return {
    [Symbol.asyncIterator]: () => new Responses(service, open.call(requests), options),
  };
}

type Source<Req> = Iterator<Req> | AsyncIterator<Req>;

/** A response that is awaited, has come, or has failed. */
interface Answer<Res> {
  state: "pending" | "fulfilled" | "rejected";
  value: Res | undefined;
  error: unknown;
}

interface Taker<Res> {
  resolve(result: IteratorResult<Res, undefined>): void;
  reject(error: unknown): void;
}

class Responses<Req, Res> implements AsyncIterator<Res, undefined> {
  readonly #service: Service<Req, Res>;
  readonly #source: Source<Req>;
  readonly #ordered: boolean;
  readonly #concurrency: number;
  readonly #signal: AbortSignal | undefined;
  readonly #callOptions: CallOptions | undefined;
  /** In the order in which they are handed out: of begin when ordered, else of end. */
  readonly #answers = new Set<Answer<Res>>();
  readonly #takers = new Set<Taker<Res>>();
  #pending = 0;
  #taking = false;
  /** The source has ended, has failed or was closed. */
  #sourceOver = false;
  #begun = false;
  /** No more will be begun; what was begun is still handed out, then this failure, if there is one. */
  #ended: { readonly failure?: { readonly error: unknown } } | undefined;
  /** Nothing is handed out any more. */
  #over = false;
  #wake: (() => void) | undefined;

  constructor(service: Service<Req, Res>, source: Source<Req>, options: CallAllOptions) {
    this.#service = service;
    this.#source = source;
    this.#ordered = options.ordered ?? true;
    this.#concurrency = options.concurrency ?? 256;
    this.#signal = options.signal;
    this.#callOptions = options.signal && { signal: options.signal };
  }

  next(): Promise<IteratorResult<Res, undefined>> {
    if (!this.#begun) {
      this.#begun = true;
      if (this.#signal?.aborted) this.#abort();
      else {
        this.#signal?.addEventListener("abort", this.#abort);
        void this.#begin();
      }
    }
    return new Promise((resolve, reject) => {
      this.#takers.add({ resolve, reject });
      this.#handOut();
    });
  }

  async return(): Promise<IteratorResult<Res, undefined>> {
    this.#begun = true;
    if (!this.#over) {
      this.#finish();
      // An async generator would answer only after what it has been asked for already.
      if (this.#taking) this.#closeSource();
      else if (!this.#sourceOver) {
        this.#sourceOver = true;
        await this.#source.return?.();
      }
    }
    return { done: true, value: undefined };
  }

  async #begin(): Promise<void> {
    try {
      for (;;) {
        for (let held = this.#held(); held !== undefined; held = this.#held()) await held;
        if (this.#stopped) break;
        const step = await this.#take();
        if (step.done) break;
        // The source may have taken its time. Between the last question and the call nothing else runs.
        for (let held = this.#held(); held !== undefined; held = this.#held()) await held;
        if (this.#stopped) break;
        this.#call(step.value);
      }
      this.#ended ??= {};
    } catch (error) {
      this.#ended ??= { failure: { error } };
      this.#closeSource();
    }
    this.#handOut();
  }

  get #stopped(): boolean {
    return this.#over || this.#ended !== undefined;
  }

  /** What the next request has to wait for; rejects when the service has failed for good. */
  #held(): Promise<void> | undefined {
    if (this.#stopped) return undefined;
    if (this.#answers.size + (this.#ordered ? 0 : this.#pending) >= this.#concurrency) {
      return new Promise((resolve) => {
        this.#wake = resolve;
      });
    }
    const ready = this.#service.ready();
    return ready === true ? undefined : ready;
  }

  async #take(): Promise<IteratorResult<Req>> {
    this.#taking = true;
    try {
      const step = await this.#source.next();
      if (step.done) this.#sourceOver = true;
      return step;
    } catch (error) {
      this.#sourceOver = true;
      throw error;
    } finally {
      this.#taking = false;
    }
  }

  #call(request: Req): void {
    const answer: Answer<Res> = { state: "pending", value: undefined, error: undefined };
    if (this.#ordered) this.#answers.add(answer);
    this.#pending += 1;
    const settled = (): void => {
      this.#pending -= 1;
      if (!this.#ordered && !this.#signal?.aborted) this.#answers.add(answer);
      this.#handOut();
    };
    startCall(this.#service, request, this.#callOptions).then(
      (value) => {
        answer.state = "fulfilled";
        answer.value = value;
        settled();
      },
      (error: unknown) => {
        answer.state = "rejected";
        answer.error = error;
        // What comes after it is never handed out, so nothing more is begun.
        this.#ended ??= {};
        this.#closeSource();
        settled();
      },
    );
  }

  #handOut(): void {
    for (const taker of this.#takers) {
      const [answer] = this.#answers;
      if (this.#over) {
        this.#takers.delete(taker);
        taker.resolve({ done: true, value: undefined });
      } else if (answer === undefined) {
        if (this.#ended === undefined || this.#pending > 0) break;
        this.#finish(this.#ended.failure, taker);
      } else if (answer.state === "pending") {
        break;
      } else {
        this.#answers.delete(answer);
        if (answer.state === "rejected") {
          this.#finish(answer, taker);
        } else {
          this.#takers.delete(taker);
          taker.resolve({ done: false, value: answer.value as Res });
        }
      }
    }
    this.#wake?.();
    this.#wake = undefined;
  }

  readonly #abort = (): void => {
    const [taker] = this.#takers;
    // With nobody waiting, the next to ask gets the reason.
    this.#answers.clear();
    this.#ended = { failure: { error: this.#signal?.reason } };
    this.#pending = 0;
    this.#closeSource();
    if (taker !== undefined) this.#handOut();
  };

  /** Hands out nothing more: rejects `taker` with the failure, where there is one, and ends all others. */
  #finish(failure?: { readonly error: unknown }, taker?: Taker<Res>): void {
    if (this.#over) return;
    this.#over = true;
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#answers.clear();
    if (failure !== undefined && taker !== undefined) {
      this.#takers.delete(taker);
      taker.reject(failure.error);
    }
    this.#handOut();
  }

  /** A source that fails to close has nobody left to tell: the failure that closed it goes first. */
  #closeSource(): void {
    if (this.#sourceOver) return;
    this.#sourceOver = true;
    try {
      Promise.resolve(this.#source.return?.()).catch(() => {});
    } catch {}
  }
}
