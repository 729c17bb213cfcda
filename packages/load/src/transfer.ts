// A body on its way, which several copies of its response may share.

import type { Complete, End } from "./completion.ts";

/** Knows how a transfer ends. Holds no response and no body, so that they can become garbage. */
export class Transfer {
  readonly #complete: Complete;
  #copies = 0;

  constructor(complete: Complete) {
    this.#complete = complete;
  }

  share(): void {
    this.#copies += 1;
  }

  /** One of the copies will not be read to the end. */
  letGo(end?: End): void {
    this.#copies -= 1;
    if (this.#copies === 0) this.#complete(end);
  }

  /** All has come. */
  over(): void {
    this.#complete();
  }

  /** No more will come. */
  failed(error: unknown): void {
    this.#complete({ error });
  }
}
