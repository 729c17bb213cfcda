/** One request of a simulation, from its arrival at a client to the answer there. */
import type { Step } from "./timeline.ts";

/** Who is told what happens to a job. */
export interface JobOwner {
  /** The request is at the server, after half a round trip. */
  arrived(job: Job): void;
  /** The server has worked it off. */
  worked(job: Job, stamp: number): void;
  /** The answer is at the client. */
  answered(job: Job): void;
}

export class Job implements Step {
  readonly id: number;
  readonly client: number;
  /** Work in ms at speed 1. */
  readonly size: number;
  /** Fails wherever it goes. */
  readonly doomed: boolean;
  /** When it came to its client. */
  readonly arrivedAt: number;
  readonly #owner: JobOwner;

  /** When it was sent to the server, which one, and whether the answer is a failure. */
  sentAt = 0;
  server = -1;
  failed = false;
  /** The server's own: when it got in, what is left to do and since when, and how often that was reckoned anew. */
  enteredAt = 0;
  left = 0;
  since = 0;
  stamp = 0;
  /** What was said when it was let out: requests then at the server, and the time it took to serve it. */
  queueThen = 0;
  serviceThen = 0;
  rifThen = 0;
  phase: "out" | "in" | "back" = "out";
  settle: ((job: Job) => void) | undefined;

  constructor(owner: JobOwner, id: number, client: number, size: number, doomed: boolean, arrivedAt: number) {
    this.#owner = owner;
    this.id = id;
    this.client = client;
    this.size = size;
    this.doomed = doomed;
    this.arrivedAt = arrivedAt;
  }

  step(stamp: number): void {
    if (this.phase === "in") this.#owner.worked(this, stamp);
    else if (this.phase === "out") this.#owner.arrived(this);
    else this.#owner.answered(this);
  }
}
