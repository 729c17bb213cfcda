// The contract of a layer: a function from a service to a service that adds one behaviour.

/**
 * Wraps `inner` and adds one behaviour. What it does not change it passes on: readiness, the signal, `close`.
 * A layer may be used for many services; what they share (a clock, a mean) belongs to the layer.
 */
export type Layer<In, Out = In> = (inner: In) => Out;
