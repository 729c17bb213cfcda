// Options that are numbers, read by a table of their defaults and ranges.

import { checkNumber, type NumberRange } from "@bal/errors";

/** What it is unless given, and what it may be. */
export type NumberOption = readonly [unlessGiven: number, range: NumberRange];

/** The longest time that a load reckons with, in ms, 30,000 years: beyond it sums and products lose their meaning. */
export const longestMs = 1e15;

/** A time constant: Infinity, where nothing ever fades, is one too. */
export const timeConstant: NumberRange = { above: true, unit: "ms" };
/** A time that is reckoned with. */
export const timeSpan: NumberRange = { max: longestMs, unit: "ms" };

/** @throws InvalidOptionError */
export function readNumbers<Name extends string>(
  options: object,
  table: { readonly [name in Name]: NumberOption },
): { readonly [name in Name]: number } {
  const numbers = {} as { [name in Name]: number };
  for (const name of Object.keys(table) as Name[]) {
    const [unlessGiven, range] = table[name];
    const { [name]: value = unlessGiven } = options as { readonly [name in Name]?: unknown };
    numbers[name] = checkNumber(name, value, range);
  }
  return numbers;
}
