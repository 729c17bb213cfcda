/** The servers of a simulation: workers behind one queue, or cores that all requests share. */
import type { Job } from "./job.ts";
import { RecentTimes } from "./recent-times.ts";
import type { Step, Timeline } from "./timeline.ts";

export interface ServerOptions {
  /** Requests worked on at once, the others wait in a queue; with `shared` cores, of which each request gets at most one. */
  readonly workers?: number;
  /** Requests share the cores (processor sharing) in place of waiting in a queue. */
  readonly shared?: boolean;
  /** Work done in a ms by a worker; 0 hangs. */
  readonly speed?: number;
}

/** One server. It tells `done` of each job that it lets out. */
export class Server {
  readonly index: number;
  readonly workers: number;
  readonly shared: boolean;
  readonly #time: Timeline;
  readonly #done: (job: Job) => void;
  /** Fails all requests after this many ms, if a number. */
  failsAfterMs: number | undefined;
  /** Says of itself that it is idle and fast. */
  lies = false;
  #speed: number;
  /** Requests on their way here. */
  coming = 0;
  /** Requests at the server, and the sum of that number over time, in ms. */
  inside = 0;
  insideMs = 0;
  #insideSince = 0;
  #waiting: Job[] = [];
  #head = 0;
  #running: Job[] = [];
  // Cores shared by all: work that each request had so far, and the turn of the event that is due.
  #attained = 0;
  #since = 0;
  #turn = 0;
  readonly #turnStep: Step = { step: (turn) => this.#sharedTurn(turn) };
  /** Times that recent successes spent here, by the number of requests that they met, for those who ask. */
  readonly recent = new RecentTimes();

  constructor(time: Timeline, index: number, options: ServerOptions, done: (job: Job) => void) {
    this.#time = time;
    this.index = index;
    this.workers = options.workers ?? 1;
    this.shared = options.shared ?? false;
    this.#speed = options.speed ?? 1;
    this.#done = done;
  }

  get speed(): number {
    return this.#speed;
  }

  set speed(speed: number) {
    if (speed === this.#speed) return;
    if (this.shared) {
      this.#catchUp();
      this.#speed = speed;
      this.#plan();
      return;
    }
    const now = this.#time.now;
    for (const job of this.#running) {
      job.left -= (now - job.since) * this.#speed;
      this.#work(job, speed);
    }
    this.#speed = speed;
  }

  enter(job: Job): void {
    job.phase = "in";
    job.enteredAt = this.#time.now;
    job.rifThen = this.inside;
    this.#count(1);
    const failsAfter = this.failsAfterMs ?? (job.doomed ? 0.5 : undefined);
    if (failsAfter !== undefined && this.#speed > 0) {
      job.failed = true;
      this.#time.at(this.#time.now + failsAfter, job, job.stamp);
    } else if (this.shared) {
      this.#catchUp();
      job.left = this.#attained + job.size;
      this.#running.push(job);
      this.#plan();
    } else if (this.#running.length < this.workers) this.#start(job);
    else this.#waiting.push(job);
  }

  /** The event of a job that was being worked on. */
  worked(job: Job, stamp: number): void {
    if (stamp !== job.stamp) return;
    if (!job.failed) {
      const running = this.#running;
      running[running.indexOf(job)] = running[running.length - 1]!;
      running.pop();
      if (this.#head < this.#waiting.length) {
        this.#start(this.#waiting[this.#head++]!);
        if (this.#head > 1024 && 2 * this.#head > this.#waiting.length) {
          this.#waiting = this.#waiting.slice(this.#head);
          this.#head = 0;
        }
      }
    }
    this.#leave(job);
  }

  #leave(job: Job): void {
    this.#count(-1);
    job.queueThen = this.lies ? 0 : this.inside;
    job.serviceThen = job.failed ? this.#time.now - job.enteredAt : job.size / this.#speed;
    if (!job.failed) this.recent.note(job.rifThen, this.#time.now - job.enteredAt, this.#time.now);
    this.#done(job);
  }

  #count(change: 1 | -1): void {
    const { now } = this.#time;
    this.insideMs += this.inside * (now - this.#insideSince);
    this.#insideSince = now;
    this.inside += change;
  }

  #start(job: Job): void {
    job.left = job.size;
    this.#running.push(job);
    this.#work(job, this.#speed);
  }

  #work(job: Job, speed: number): void {
    job.since = this.#time.now;
    job.stamp++;
    if (speed > 0) this.#time.at(this.#time.now + Math.max(0, job.left) / speed, job, job.stamp);
  }

  #rate(): number {
    const running = this.#running.length;
    return running > this.workers ? (this.#speed * this.workers) / running : this.#speed;
  }

  #catchUp(): void {
    this.#attained += (this.#time.now - this.#since) * this.#rate();
    this.#since = this.#time.now;
  }

  #plan(): void {
    this.#turn++;
    if (this.#running.length === 0 || this.#speed === 0) return;
    let least = Infinity;
    for (const job of this.#running) if (job.left < least) least = job.left;
    this.#time.at(this.#time.now + Math.max(0, least - this.#attained) / this.#rate(), this.#turnStep, this.#turn);
  }

  #sharedTurn(turn: number): void {
    if (turn !== this.#turn) return;
    this.#catchUp();
    const running = this.#running;
    let first = 0;
    for (let place = 1; place < running.length; place++) if (running[place]!.left < running[first]!.left) first = place;
    const job = running[first]!;
    running[first] = running[running.length - 1]!;
    running.pop();
    this.#plan();
    this.#leave(job);
  }
}
