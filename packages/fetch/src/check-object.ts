// The check of a bag of options.

import { InvalidOptionError } from "@bal/errors";

/** @throws InvalidOptionError */
export function checkObject<T>(option: string, value: T): T {
  if (typeof value === "object" && value !== null) return value;
  throw new InvalidOptionError(option, { expected: "an object", came: value });
}
