// How long each server of the fleet works on a request: the ten endpoints of tower's example.

/** A request takes a uniform whole number of ms in [0, max); one max for each server. */
export const maxima: readonly number[] = [1, 5, 10, 10, 10, 100, 100, 100, 500, 1000];
