/** Runs one scenario with one algorithm from one seed. */
import { Job, type JobOwner } from "./job.ts";
import { type Measured, measure } from "./measure.ts";
import { exponential, seeded } from "./random.ts";
import type { Algorithm, Balancer, Scenario, Stage } from "./scenario.ts";
import { Server, type ServerOptions } from "./server.ts";
import { Timeline } from "./timeline.ts";

// The only way to run all microtasks from within a synchronous loop, seven times faster than a turn of the event loop.
const drainMicrotasks = (process as unknown as { _tickCallback(): void })._tickCallback;

/** Requests of a scenario, drawn once from the seed: every algorithm meets the same. */
export interface Traffic {
  readonly count: number;
  readonly at: Float64Array;
  readonly size: Float64Array;
  readonly client: Int32Array;
  readonly doomed: Uint8Array;
}

export function traffic(scenario: Scenario, seed: number): Traffic {
  const { clients, closed, durationMs, meanMs = 10, doomed = 0, size = exponential } = scenario;
  const capacity = scenario.servers.reduce((sum, { workers = 1, speed = 1 }) => sum + workers * speed, 0);
  const rate = ((scenario.load ?? 0) * capacity) / meanMs;
  const arrivals = seeded(seed, 1);
  const times: number[] = [];
  if (closed === undefined) {
    for (let at = exponential(arrivals, 1 / rate); at < durationMs; at += exponential(arrivals, 1 / rate))
      times.push(at);
  }
  const count = closed?.requests ?? times.length;
  const sizes = seeded(seed, 2);
  const owners = seeded(seed, 3);
  const dooms = seeded(seed, 4);
  return {
    count,
    at: Float64Array.from(times),
    size: Float64Array.from({ length: count }, () => size(sizes, meanMs)),
    client: Int32Array.from({ length: count }, () => Math.floor(owners() * clients)),
    doomed: Uint8Array.from({ length: count }, () => (dooms() < doomed ? 1 : 0)),
  };
}

class Run implements Stage, JobOwner {
  readonly time = new Timeline();
  readonly servers: Server[] = [];
  readonly scenario: Scenario;
  readonly latency: Float64Array;
  readonly server: Int32Array;
  readonly failed: Uint8Array;
  readonly at: Float64Array;
  readonly #traffic: Traffic;
  readonly #seed: number;
  readonly #balancers: Balancer[] = [];
  readonly #known = new Set<number>();
  #streams = 10;
  #begun = 0;
  #over = 0;

  constructor(scenario: Scenario, algorithm: Algorithm, seed: number, requests: Traffic) {
    this.scenario = scenario;
    this.#seed = seed;
    this.#traffic = requests;
    this.latency = new Float64Array(requests.count).fill(Number.NaN);
    this.server = new Int32Array(requests.count).fill(-1);
    this.failed = new Uint8Array(requests.count);
    this.at = scenario.closed === undefined ? requests.at : new Float64Array(requests.count);
    // The world's chance goes before that of the algorithm, so that incidents are the same for all.
    for (const options of scenario.servers) this.#serve(options);
    scenario.script?.(this);
    for (let client = 0; client < scenario.clients; client++) this.#balancers.push(algorithm.client(this, client));
    for (const balancer of this.#balancers) for (const server of this.#known) balancer.add(server);
    this.drain();
  }

  get clients(): number {
    return this.scenario.clients;
  }

  get durationMs(): number {
    return this.scenario.durationMs;
  }

  rttMs(client: number, server: number): number {
    const { rttMs = 1 } = this.scenario;
    return typeof rttMs === "number" ? rttMs : rttMs(client, server);
  }

  random(): () => number {
    return seeded(this.#seed, this.#streams++);
  }

  drain(): void {
    drainMicrotasks();
  }

  join(options: ServerOptions): Server {
    const server = this.#serve(options);
    for (const balancer of this.#balancers) balancer.add(server.index);
    this.drain();
    return server;
  }

  leave(server: Server): void {
    this.#known.delete(server.index);
    for (const balancer of this.#balancers) balancer.remove(server.index);
    this.drain();
  }

  #serve(options: ServerOptions): Server {
    const server = new Server(this.time, this.servers.length, options, (job) => this.#out(job));
    this.servers.push(server);
    this.#known.add(server.index);
    return server;
  }

  send(job: Job, server: number): void {
    job.server = server;
    job.sentAt = this.time.now;
    this.server[job.id] = server;
    this.servers[server]!.coming++;
    const rtt = this.rttMs(job.client, server);
    if (rtt > 0) this.time.at(this.time.now + rtt / 2, job);
    else this.arrived(job);
  }

  arrived(job: Job): void {
    const server = this.servers[job.server]!;
    server.coming--;
    server.enter(job);
  }

  worked(job: Job, stamp: number): void {
    this.servers[job.server]!.worked(job, stamp);
  }

  #out(job: Job): void {
    job.phase = "back";
    const rtt = this.rttMs(job.client, job.server);
    if (rtt > 0) this.time.at(this.time.now + rtt / 2, job);
    else this.answered(job);
  }

  answered(job: Job): void {
    if (job.settle !== undefined) {
      job.settle(job);
      this.drain();
      return;
    }
    this.#balancers[job.client]!.ended?.(job, this.time.now - job.sentAt);
    this.over(job, job.failed);
  }

  over(job: Job, failed: boolean): void {
    this.latency[job.id] = this.time.now - job.arrivedAt;
    this.failed[job.id] = failed ? 1 : 0;
    this.#over++;
    if (this.scenario.closed !== undefined && this.#begun < this.#traffic.count) this.#next(this.time.now);
  }

  #next(at: number): void {
    const id = this.#begun++;
    this.at[id] = at;
    const { client, size, doomed } = this.#traffic;
    const job = new Job(this, id, client[id]!, size[id]!, doomed[id] === 1, at);
    this.#balancers[job.client]!.request(job);
  }

  run(): Measured {
    const { time } = this;
    const { count, at } = this.#traffic;
    const { closed } = this.scenario;
    if (closed !== undefined) {
      for (let begun = 0; begun < closed.inFlight; begun++) this.#next(0);
      while (this.#over < count) time.advance();
      return measure(this, this.time.now);
    }
    for (let next = 0; next < count; next++) {
      const arrival = at[next]!;
      while (time.next <= arrival) time.advance();
      time.now = arrival;
      this.#next(arrival);
    }
    while (this.#over < count && time.next < Infinity) time.advance();
    return measure(this, this.time.now);
  }
}

/** Runs `scenario` with `algorithm`; the same seed gives the same numbers, to the bit. */
export function simulate(
  scenario: Scenario,
  algorithm: Algorithm,
  seed: number,
  requests: Traffic = traffic(scenario, seed),
): Promise<Measured> {
  // In a turn of its own: microtasks cannot be run from within one.
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(new Run(scenario, algorithm, seed, requests).run());
      } catch (error) {
        reject(error);
      }
    });
  });
}
