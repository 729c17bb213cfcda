/** What is balanced here: services that do nothing but answer, and a discover that is fed by hand. */
import type { Change, Discover, Service } from "@bal/service";

export type Plain = Service<number, number>;

const answer = Promise.resolve(1);

/** Answers with a promise that is resolved already. */
export class AtOnce implements Plain {
  ready(): true {
    return true;
  }

  call(): Promise<number> {
    return answer;
  }
}

/** Answers when `answerAll` is called. */
export class Later implements Plain {
  readonly #held: ((value: number) => void)[];

  constructor(held: ((value: number) => void)[]) {
    this.#held = held;
  }

  ready(): true {
    return true;
  }

  call(): Promise<number> {
    return new Promise((resolve) => this.#held.push(resolve));
  }
}

/** Has no room until `free` is called, then for one request at a time. */
export class Busy implements Plain {
  #open: (() => void) | undefined;
  #room: true | Promise<void>;

  constructor() {
    this.#room = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  free(): void {
    this.#room = true;
    this.#open?.();
  }

  ready(): true | Promise<void> {
    return this.#room;
  }

  call(): Promise<number> {
    return answer;
  }
}

/** A discover that hands on what it is given, a batch at a time. */
export class Fed<S> implements Discover<number, S> {
  #held: readonly Change<number, S>[] = [];
  #give: ((step: IteratorResult<readonly Change<number, S>[]>) => void) | undefined;

  feed(changes: readonly Change<number, S>[]): void {
    if (this.#give === undefined) {
      this.#held = this.#held.length === 0 ? changes : [...this.#held, ...changes];
      return;
    }
    this.#give({ done: false, value: changes });
    this.#give = undefined;
  }

  [Symbol.asyncIterator](): AsyncIterator<readonly Change<number, S>[]> {
    return {
      next: () => {
        if (this.#held.length > 0) {
          const value = this.#held;
          this.#held = [];
          return Promise.resolve({ done: false, value });
        }
        return new Promise((resolve) => {
          this.#give = resolve;
        });
      },
    };
  }
}
