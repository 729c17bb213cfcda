/** The servers that a client knows, for the algorithms of the bench. */
import type { Job } from "../job.ts";
import type { Balancer, World } from "../scenario.ts";

/** Keeps the servers that are known and how many requests of this client each has. */
export abstract class Table implements Balancer {
  protected readonly world: World;
  protected readonly client: number;
  protected readonly random: () => number;
  protected known: number[] = [];
  protected pending: number[] = [];

  constructor(world: World, client: number) {
    this.world = world;
    this.client = client;
    this.random = world.random();
  }

  add(server: number): void {
    this.known.push(server);
    this.pending[server] = 0;
  }

  remove(server: number): void {
    this.known = this.known.filter((known) => known !== server);
  }

  request(job: Job): void {
    const server = this.choose(job);
    this.pending[server]!++;
    this.world.send(job, server);
  }

  ended(job: Job, _rttMs: number): void {
    this.pending[job.server]!--;
  }

  protected abstract choose(job: Job): number;

  /** One of the known, each as likely. */
  protected any(): number {
    return this.known[Math.floor(this.random() * this.known.length)]!;
  }

  /** The one of the known with the least `cost`; equal ones are as likely. */
  protected leastBy(cost: (server: number) => number): number {
    let best = -1;
    let least = Infinity;
    let equal = 0;
    for (const server of this.known) {
      const its = cost(server);
      if (its < least || best < 0) {
        best = server;
        least = its;
        equal = 1;
      } else if (its === least && this.random() * ++equal < 1) best = server;
    }
    return best;
  }

  /** Two distinct ones drawn, the cheaper wins. */
  protected cheaperOfTwo(cost: (server: number) => number): number {
    const { known, random } = this;
    if (known.length < 2) return known[0]!;
    const a = Math.floor(random() * known.length);
    let b = Math.floor(random() * (known.length - 1));
    if (b >= a) b++;
    const first = known[a]!;
    const second = known[b]!;
    return cost(first) <= cost(second) ? first : second;
  }
}
