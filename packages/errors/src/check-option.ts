// Checks of options, so that every package says in the same words what was expected and what came.

import { InvalidOptionError } from "./invalid-option-error.ts";

/** Which numbers will do. */
export interface NumberRange {
  /** The least that will do; 0 unless given. */
  readonly min?: number;
  /** The most that will do; Infinity, itself allowed, unless given. */
  readonly max?: number;
  /** Only numbers greater than `min`. */
  readonly above?: boolean;
  /** Only whole numbers; Infinity counts as one where `max` allows it. */
  readonly whole?: boolean;
  /** "ms" and the like, for the message. */
  readonly unit?: string;
}

/**
 * Returns `value` when it is a number in the range; NaN never is.
 *
 * @throws InvalidOptionError
 */
export function checkNumber(option: string, value: unknown, range: NumberRange = {}): number {
  const { min = 0, max = Infinity, above = false, whole = false, unit } = range;
  if (
    typeof value === "number" &&
    (value > min || (value === min && !above)) &&
    value <= max &&
    (!whole || Math.floor(value) === value)
  ) {
    return value;
  }
  const from = `${whole ? "whole " : ""}number ${above ? "above" : "from"} ${min}`;
  const to = max < Infinity ? ` to ${max}` : "";
  throw new InvalidOptionError(option, { expected: `a ${from}${to}${unit ? `, in ${unit}` : ""}`, came: value });
}

/**
 * Returns `value` when it is a function.
 *
 * @throws InvalidOptionError
 */
export function checkFunction<F>(option: string, value: F): F {
  if (typeof value === "function") return value;
  throw new InvalidOptionError(option, { expected: "a function", came: value });
}

/**
 * Returns `value` when it is an object that has all the named methods.
 *
 * @throws InvalidOptionError
 */
export function checkMethods<T>(option: string, value: T, methods: readonly PropertyKey[]): T {
  const has = value as Readonly<Record<PropertyKey, unknown>> | null | undefined;
  // A loop and no closure: it runs for every endpoint that comes.
  for (const name of methods) {
    if (typeof has?.[name] === "function") continue;
    throw new InvalidOptionError(option, {
      expected: `an object with ${methods.map(String).join("() and ")}()`,
      came: value,
    });
  }
  return value;
}

/**
 * Returns `value` when it is an object, such as a bag of options: `null` and plain values are none, nor is a function.
 *
 * @param expected what the message says would have been right
 * @throws InvalidOptionError
 */
export function checkObject<T>(option: string, value: T, expected = "an object"): T {
  if (typeof value === "object" && value !== null) return value;
  throw new InvalidOptionError(option, { expected, came: value });
}

/**
 * Returns `value` when it is an object, an observer with any hooks or none, or undefined.
 *
 * @throws InvalidOptionError
 */
export function checkHooks<T>(option: string, value: T): T {
  return value === undefined ? value : checkObject(option, value, "an object of hooks");
}
