// Sends many requests to one service, as fast as it is ready for them.

import { checkMethods, checkNumber, checkObject, InvalidOptionError } from "@bal/errors";
import { askReady } from "./ask-ready.ts";
import { checkService } from "./check-service.ts";
import { type Feed, reader } from "./reader.ts";
import type { Service } from "./service.ts";
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
  const { ordered = true, concurrency = 256, signal } = checkObject("options", options);
  checkService("service", service);
  if (typeof ordered !== "boolean")
    throw new InvalidOptionError("ordered", { expected: "true or false", came: ordered });
  checkNumber("concurrency", concurrency, { min: 1, whole: true });
  if (signal !== undefined) checkMethods("signal", signal, ["addEventListener", "removeEventListener"]);
  const iterable = requests as unknown as Readonly<Record<symbol, (() => Source<Req>) | undefined>> | null | undefined;
  const open = iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator];
  if (typeof open !== "function") {
    throw new InvalidOptionError("requests", { expected: "an iterable or async iterable", came: requests });
  }

  const responses = (wake: () => void): Feed<Res> => {
    const source = open.call(requests);
    /** The one that was handed out last; those after it in the order of begin when ordered, else of end. */
    let handed: Answer<Res> = {};
    let last = handed;
    /** Requests begun whose response has not been handed out. */
    let held = 0;
    /** The source is being asked for a request. */
    let asking = false;
    /** The source has ended, has failed or was closed: nothing more is begun. */
    let over = false;
    let begun = false;
    /** What comes after all that was begun. */
    let end: Give<Res> = () => ({ done: true, value: undefined });
    let letOn = (): void => {};

    const close = async (): Promise<void> => {
      if (over) return;
      over = true;
      await source.return?.();
    };

    /** Begins nothing more. A source that fails to close has nobody to tell but who waits for that. */
    const stop = (): unknown => {
      const closed = close();
      closed.catch(() => {});
      wake();
      // An async generator would answer only after what it has been asked for already.
      return asking ? undefined : closed;
    };

    const append = (answer: Answer<Res>): void => {
      last.next = answer;
      last = answer;
    };

    const call = (request: Req): void => {
      const answer: Answer<Res> = {};
      const settle = (give: Give<Res>): void => {
        answer.give = give;
        if (!ordered) append(answer);
        wake();
      };
      if (ordered) append(answer);
      held += 1;
      startCall(service, request, { signal }).then(
        (value) => settle(() => ({ done: false, value })),
        (error: unknown) => {
          // What comes after it is never handed out, so nothing more is begun.
          stop();
          settle(() => {
            throw error;
          });
        },
      );
    };

    const handedOut = (): Promise<void> =>
      new Promise((resolve) => {
        letOn = resolve;
      });

    const begin = async (): Promise<void> => {
      let next: IteratorResult<Req> | undefined;
      try {
        while (!over) {
          // Between this question and the call nothing else runs; the source may have taken its time.
          const ready = held < concurrency ? askReady(service) : handedOut();
          if (ready !== true) await ready;
          else if (next === undefined) {
            asking = true;
            next = checkObject("a step of requests", await source.next());
            asking = false;
            over ||= next.done === true;
          } else {
            call(next.value);
            next = undefined;
          }
        }
      } catch (error) {
        over ||= asking;
        end = () => {
          throw error;
        };
      }
      stop();
    };

    return {
      take() {
        if (signal?.aborted) throw signal.reason;
        if (!begun) {
          begun = true;
          signal?.addEventListener("abort", stop);
          void begin();
        }
        const answer = handed.next;
        if (answer?.give === undefined) return over && held === 0 ? end() : undefined;
        handed = answer;
        held -= 1;
        letOn();
        return answer.give();
      },
      leave() {
        signal?.removeEventListener("abort", stop);
        return stop();
      },
    };
  };
  return { [Symbol.asyncIterator]: () => reader(responses) };
}

type Source<Req> = Iterator<Req> | AsyncIterator<Req>;

/** Gives the step to hand out, or throws. */
type Give<Res> = () => IteratorResult<Res, undefined>;

/** Of one request; without `give` while it runs. */
interface Answer<Res> {
  give?: Give<Res>;
  next?: Answer<Res>;
}
