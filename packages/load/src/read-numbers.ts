// Options that are numbers, read by a table of their defaults and ranges.

import { checkNumber, type NumberRange } from "@bal/errors";

export interface NumberOption extends NumberRange {
  readonly unlessGiven: number;
}

/** The longest time that a load reckons with, in ms, 30,000 years: beyond it sums and products lose their meaning. */
export const longestMs = 1e15;

/** @throws InvalidOptionError */
export function readNumbers<Name extends string>(
  options: object,
  table: { readonly [name in Name]: NumberOption },
): { readonly [name in Name]: number } {
  const numbers = {} as { [name in Name]: number };
  for (const name of Object.keys(table) as Name[]) {
    numbers[name] = checkNumber(
      name,
      (options as { [name in Name]?: unknown })[name] ?? table[name].unlessGiven,
      table[name],
    );
  }
  return numbers;
}
