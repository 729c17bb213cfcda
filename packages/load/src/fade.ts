// What is left of a thing that fades.

/**
 * exp(−x) for x from 0: the part that is left after x lifetimes. By its series where x is small, as it is between
 * requests that follow each other closely: exact to the last digit, and a request is spared an `exp` or two.
 */
export function fade(x: number): number {
  return x > 0.002 ? Math.exp(-x) : 1 - x * (1 - x * (1 / 2 - x * (1 / 6 - x / 24)));
}
