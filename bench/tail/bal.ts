/** bal itself: the real balance with its pickers and loads, in virtual time. */

import { least } from "@bal/least";
import { expectedDelay, peakEwma, pendingRequests } from "@bal/load";
import { balance, p2c } from "@bal/p2c";
import {
  type Change,
  type Discover,
  type Endpoint,
  follow,
  type Layer,
  type Load,
  type Picker,
  type Service,
} from "@bal/service";
import type { Job } from "./job.ts";
import type { Algorithm, Balancer, World } from "./scenario.ts";

type Plain = Service<Job, void>;
type Measured = Plain & Load;
type MakeLoad = (options: { readonly now: () => number }) => Layer<Plain, Measured>;
type MakePicker = (random: () => number) => Picker<Endpoint<number, Measured>>;

const failure = new Error("the server failed");

class Bal implements Balancer {
  readonly #world: World;
  readonly #layer: Layer<Plain, Measured>;
  readonly #service: Service<Job, void>;
  readonly #changes = new Changes();

  constructor(world: World, load: MakeLoad, picker: MakePicker) {
    this.#world = world;
    this.#layer = load({ now: () => world.time.now });
    this.#service = balance(this.#changes, { picker: picker(world.random()), maxQueue: Infinity });
  }

  add(server: number): void {
    this.#changes.push({ type: "insert", key: server, service: this.#layer(new Server(this.#world, server)) });
  }

  remove(server: number): void {
    this.#changes.push({ type: "remove", key: server });
  }

  request(job: Job): void {
    follow(this.#service.call(job), new Ending(this.#world, job));
  }
}

class Ending {
  readonly #world: World;
  readonly #job: Job;

  constructor(world: World, job: Job) {
    this.#world = world;
    this.#job = job;
  }

  fulfilled(): void {
    this.#world.over(this.#job, false);
  }

  rejected(error: unknown): void {
    if (error !== failure) throw error;
    this.#world.over(this.#job, true);
  }
}

/** A server as one client sees it. */
class Server implements Plain {
  readonly #world: World;
  readonly #server: number;

  constructor(world: World, server: number) {
    this.#world = world;
    this.#server = server;
  }

  ready(): true {
    return true;
  }

  call(job: Job): Promise<void> {
    return new Promise((resolve, reject) => {
      job.settle = ({ failed }) => (failed ? reject(failure) : resolve());
      this.#world.send(job, this.#server);
    });
  }
}

/** A discover that is told what changes. */
class Changes implements Discover<number, Measured> {
  #waiting: Change<number, Measured>[] = [];
  #wake: (() => void) | undefined;

  push(change: Change<number, Measured>): void {
    this.#waiting.push(change);
    this.#wake?.();
  }

  [Symbol.asyncIterator](): AsyncIterator<readonly Change<number, Measured>[]> {
    return {
      next: () =>
        new Promise((resolve) => {
          const give = (): void => {
            this.#wake = undefined;
            resolve({ done: false, value: this.#waiting.splice(0) });
          };
          if (this.#waiting.length > 0) give();
          else this.#wake = give;
        }),
    };
  }
}

function algorithm(name: string, title: string, load: MakeLoad, picker: MakePicker): Algorithm {
  return { name, title, client: (world) => new Bal(world, load, picker) };
}

const two: MakePicker = (random) => p2c({ random });
const all: MakePicker = (random) => least({ random });

export const p2cPending: Algorithm = algorithm("p2c-pending", "P2C, pending", () => pendingRequests(), two);
export const p2cPeak: Algorithm = algorithm("p2c-peak", "P2C, peak EWMA", peakEwma, two);
export const p2cExpected: Algorithm = algorithm("p2c-expected", "P2C, expected delay", expectedDelay, two);
export const threeExpected: Algorithm = algorithm(
  "p3c-expected",
  "3 choices, expected delay",
  expectedDelay,
  (random) => p2c({ random, choices: 3 }),
);
export const fiveExpected: Algorithm = algorithm("p5c-expected", "5 choices, expected delay", expectedDelay, (random) =>
  p2c({ random, choices: 5 }),
);
export const leastPending: Algorithm = algorithm("least-pending", "least, pending", () => pendingRequests(), all);
export const leastPeak: Algorithm = algorithm("least-peak", "least, peak EWMA", peakEwma, all);
export const leastExpected: Algorithm = algorithm("least-expected", "least, expected delay", expectedDelay, all);
