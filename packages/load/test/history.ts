// Random histories of requests over a few endpoints, played at once: answers whose end is heard in the same run.

import { type Answer, answer, type CallOptions, type Load, type Service } from "@bal/service";
import fc from "fast-check";

export type Ending = "answer" | "fail" | "abort";

export type Step =
  | { readonly do: "begin"; readonly endpoint: number }
  | { readonly do: "end"; readonly flight: number; readonly how: Ending }
  | { readonly do: "wait"; readonly ms: number };

/** Begins, ends and pauses; a pause may be nothing, a round trip, or minutes. */
export function histories(endpoints: number): fc.Arbitrary<Step[]> {
  const begin = fc.record({ do: fc.constant("begin" as const), endpoint: fc.nat(endpoints - 1) });
  const end = fc.record({
    do: fc.constant("end" as const),
    flight: fc.nat(30),
    how: fc.oneof(
      { weight: 8, arbitrary: fc.constant("answer" as const) },
      { weight: 1, arbitrary: fc.constantFrom<Ending>("fail", "abort") },
    ),
  });
  const ms = fc.oneof(
    { weight: 6, arbitrary: fc.double({ min: 0, max: 50, noNaN: true }) },
    { weight: 2, arbitrary: fc.nat(2_000) },
    { weight: 1, arbitrary: fc.nat(600_000) },
  );
  const wait = fc.record({ do: fc.constant("wait" as const), ms });
  return fc.array(fc.oneof(begin, end, wait), { minLength: 1, maxLength: 150 });
}

interface Flight {
  readonly controller: AbortController;
  readonly answer: Answer<string>;
}

/** What a model is told. */
export interface Model {
  begin(endpoint: number, at: number): void;
  /** `flight` counts begins from 0. */
  end(flight: number, how: Ending, at: number): void;
}

/** Plays a history on real loads. */
export class Playing {
  time: number;
  readonly loads: readonly (Service<number, string> & Load)[];
  #begun = 0;
  readonly #flights = new Map<number, Flight>();
  #calling: Answer<string> | undefined;

  constructor(
    layerOf: (now: () => number) => (inner: Service<number, string>) => Service<number, string> & Load,
    endpoints: number,
    startsAt = 5,
  ) {
    this.time = startsAt;
    const layer = layerOf(() => this.time);
    const inner: Service<number, string> = { ready: () => true, call: () => this.#calling as Answer<string> };
    this.loads = Array.from({ length: endpoints }, () => layer(inner));
  }

  play(step: Step, model?: Model): void {
    if (step.do === "wait") this.time += step.ms;
    else if (step.do === "begin") {
      model?.begin(step.endpoint, this.time);
      this.#begin(step.endpoint);
    } else if (this.#flights.size > 0) {
      const [number, flight] = [...this.#flights][step.flight % this.#flights.size] as [number, Flight];
      model?.end(number, step.how, this.time);
      this.#flights.delete(number);
      if (step.how === "answer") flight.answer.resolve("answered");
      else {
        if (step.how === "abort") flight.controller.abort();
        flight.answer.reject(new Error(step.how));
      }
    }
  }

  #begin(endpoint: number): void {
    const flight: Flight = { controller: new AbortController(), answer: answer() };
    this.#flights.set(this.#begun++, flight);
    this.#calling = flight.answer;
    const options: CallOptions = { signal: flight.controller.signal };
    void this.loads[endpoint]?.call(0, options);
  }
}
