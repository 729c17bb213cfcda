// Chance that comes out the same each time.

/**
 * Numbers in [0,1) with 53 random bits, the same for the same seed on every platform.
 *
 * xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018), two outputs a number;
 * its state is filled from the seed by the mixing step of SplitMix32, so that seeds next to each other give unrelated
 * sequences.
 *
 * @example
 * ```ts
 * import { seededRandom } from "@bal/service/testing";
 *
 * const random = seededRandom(7);
 * const again = seededRandom(7);
 * console.log(random() === again()); // → true
 * ```
 *
 * @param seed any number; its whole 64 bits count
 */
export function seededRandom(seed: number): () => number {
  const [low = 0, high = 0] = new Uint32Array(Float64Array.of(seed).buffer);
  let a = mix(low + 0x9e3779b9);
  let b = mix(a ^ high);
  let c = mix(b + 0x9e3779b9);
  let d = mix(c + 0x9e3779b9) || 1;

  const next = (): number => {
    const fiveTimes = Math.imul(b, 5);
    const result = Math.imul((fiveTimes << 7) | (fiveTimes >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  };

  return () => {
    const upper = next() >>> 5;
    return (upper * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
  };
}

// The mixing step of SplitMix32: every bit of the value moves about half of the bits of the result.
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return h ^ (h >>> 15);
}
