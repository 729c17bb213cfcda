// The time between two readings of a clock.

/** From `from` to `to`, in ms: 0 where the clock went backwards, or said nothing. */
export function elapsed(from: number, to: number): number {
  return to > from ? to - from : 0;
}
