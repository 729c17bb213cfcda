// The contract of a discover: where endpoints come from.

/** An endpoint that comes, or that goes. */
export type Change<K, S> =
  | { readonly type: "insert"; readonly key: K; readonly service: S }
  | { readonly type: "remove"; readonly key: K };

/**
 * A stream of batches of changes. A set of endpoints arrives in one batch, so that the first requests do not all rush to
 * the first endpoint.
 *
 * An insert under a known key replaces. An insert hands the service over: the reader closes it, so a service has one key
 * at a time. A discover can be left while it waits: its iterator's `return()` works while a `next()` is pending, which
 * that of an async generator does not, so wrappers are written as iterators. It ends when nothing will change any more,
 * and throws when it has failed.
 */
export type Discover<K, S> = AsyncIterable<readonly Change<K, S>[]>;
