// What a contract suite is made of: named cases that any test runner can run, and two small tools to write them with.

/** One obligation of a contract. `run` rejects when it is not kept; the message says what came instead. */
export interface ContractCase {
  readonly name: string;
  run(): Promise<void>;
}

/** @throws Error with `broken` as its message, when `kept` is false */
export function must(kept: boolean, broken: string): asserts kept {
  if (!kept) throw new Error(broken);
}

/** How a promise stands at the moment. */
export interface Outcome<T> {
  state: "pending" | "fulfilled" | "rejected";
  /** Asks for the state anew: the compiler takes one that was seen before for granted. */
  is(state: Outcome<T>["state"]): boolean;
  value: T | undefined;
  error: unknown;
}

/** Follows `promise`, whose rejection counts as handled from here on. */
export function outcomeOf<T>(promise: PromiseLike<T>): Outcome<T> {
  const outcome: Outcome<T> = {
    state: "pending",
    is: (state) => outcome.state === state,
    value: undefined,
    error: undefined,
  };
  promise.then(
    (value) => {
      outcome.state = "fulfilled";
      outcome.value = value;
    },
    (error: unknown) => {
      outcome.state = "rejected";
      outcome.error = error;
    },
  );
  return outcome;
}
