// How much of a thing has faded away.

/**
 * 1 − exp(−x) for x from 0: the part that has gone after x lifetimes. By its series where x is small, as it is for
 * samples that follow each other closely: there it is exact to the last digits, and spares an `exp` for each request.
 */
export function fadedPart(x: number): number {
  if (x > 0.002) return 1 - Math.exp(-x);
  return x * (1 - (x / 2) * (1 - (x / 3) * (1 - x / 4)));
}
