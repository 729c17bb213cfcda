// The failure of an argument that is not what it must be, with what was expected and what came.

import { BalError } from "./bal-error.ts";

/** What the message says of a wrong option. */
export interface InvalidOptionDetails {
  /** What would have been right, with its unit: "a number above 0, in ms". */
  readonly expected: string;
  /** What was given instead. */
  readonly came: unknown;
}

/** An option or argument is wrong. Thrown where it is given, before anything has begun. */
export class InvalidOptionError extends BalError {
  declare readonly code: "BAL_INVALID_OPTION";

  constructor(option: string, details: InvalidOptionDetails) {
    super("BAL_INVALID_OPTION", `${option}: expected ${details.expected}, got ${describe(details.came)}`);
  }
}

function describe(value: unknown): string {
  // Cut where it is long, and so without its last quote.
  if (typeof value === "string") return JSON.stringify(value).slice(0, 60);
  if (typeof value === "function") return "a function";
  if (Object(value) !== value) return String(value);
  const name = (value as object).constructor?.name ?? "Object";
  return name === "Object" ? "an object" : `an object of ${name}`;
}
