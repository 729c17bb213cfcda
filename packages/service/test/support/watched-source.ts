// A source of requests that notes what is done with it.

export interface WatchedSource<T> extends AsyncIterable<T> {
  readonly taken: number;
  readonly closed: number;
}

/** Gives the items, each once what `pause` returns for its index has resolved. */
export function watchedSource<T>(items: readonly T[], pause?: (index: number) => Promise<void>): WatchedSource<T> {
  const source = {
    taken: 0,
    closed: 0,
    [Symbol.asyncIterator]: (): AsyncIterator<T> => ({
      async next() {
        const index = source.taken;
        source.taken += 1;
        await pause?.(index);
        return index < items.length ? { done: false, value: items[index] as T } : { done: true, value: undefined };
      },
      async return() {
        source.closed += 1;
        return { done: true, value: undefined };
      },
    }),
  };
  return source;
}
