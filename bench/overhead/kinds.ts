/** The loads and pickers that are compared, by the names they have in tables and files. */
import { least } from "@bal/least";
import { constant, expectedDelay, peakEwma, pendingRequests } from "@bal/load";
import { type Balance, balance, p2c } from "@bal/p2c";
import type { Discover, Endpoint, Load, Picker } from "@bal/service";
import type { Plain } from "./endpoints.ts";

export type Measured = Plain & Load;

export const loads = {
  constant: () => constant(1),
  pending: () => pendingRequests(),
  peak: () => peakEwma(),
  expected: () => expectedDelay(),
} satisfies Record<string, () => (inner: Plain) => Measured>;

export const pickers = {
  p2c: () => p2c(),
  p2c5: () => p2c({ choices: 5 }),
  least: () => least(),
} satisfies Record<string, () => Picker<Endpoint<number, Measured>>>;

export type LoadName = keyof typeof loads;
export type PickerName = keyof typeof pickers;
export type Layer = (inner: Plain) => Measured;
export type Balanced = Balance<number, number, number>;

export function balanced(discover: Discover<number, Measured>, picker: PickerName): Balanced {
  return balance(discover, { picker: pickers[picker](), maxQueue: 1_000_000 });
}
