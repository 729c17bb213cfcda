// The default clock, which can be held so that one choice reads it once.

/** Looked up once: in Node the global is a getter, and asking it costs half as much as the reading. */
const clock = performance;
/** The reading that is held, NaN before there is one. In an object, since V8 boxes a number each time a variable takes it. */
const held = { on: false, at: Number.NaN };

/**
 * Milliseconds since some fixed moment, monotonic: `performance.now()`, the default of every `now` option.
 *
 * While it is held (`holdNow`) the first reading stands for all. A reading costs 30 to 120 ns, and a choice would take
 * one for each load that it compares.
 *
 * Of the `performance` that was there when the package was loaded: fake timers that replace the global later do not reach
 * it; hand in a `now` where time is to be faked.
 */
export function now(): number {
  if (!held.on) return clock.now();
  if (Number.isNaN(held.at)) held.at = clock.now();
  return held.at;
}

/** Holds `now` from the choice of an endpoint on. The same synchronous run must release it. A second hold adds nothing. */
export function holdNow(): void {
  if (!held.on) held.at = Number.NaN;
  held.on = true;
}

/**
 * Releases `now`: whoever measures a request calls it once the begin is noted, before the request itself runs. The
 * balancer that held it releases it too, so that no layer must. A second release does nothing.
 */
export function releaseNow(): void {
  held.on = false;
}
