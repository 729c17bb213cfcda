/** What a scenario says, and what an algorithm is given. */
import type { Job } from "./job.ts";
import type { Server, ServerOptions } from "./server.ts";
import type { Timeline } from "./timeline.ts";

/** The world that clients live in. */
export interface World {
  readonly time: Timeline;
  /** All servers that ever were; an algorithm knows those that it was told of. Only the limit looks inside. */
  readonly servers: readonly Server[];
  readonly clients: number;
  readonly scenario: Scenario;
  /** Milliseconds from client to server and back. */
  rttMs(client: number, server: number): number;
  /** A stream of chance of its own for everyone who asks. */
  random(): () => number;
  /** Sends a request on its way to a server. */
  send(job: Job, server: number): void;
  /** The client has the answer. */
  over(job: Job, failed: boolean): void;
  /** Runs what the promises that have settled cause. */
  drain(): void;
}

/** What a scenario may do to the world while it runs. */
export interface Stage extends World {
  readonly durationMs: number;
  /** A new server, that every client hears of. */
  join(options: ServerOptions): Server;
  /** No client sends to this server from now on. */
  leave(server: Server): void;
}

/** One client's side of an algorithm. */
export interface Balancer {
  add(server: number): void;
  remove(server: number): void;
  /** Chooses, and calls `world.send`. */
  request(job: Job): void;
  /** The answer is here. Not told of jobs that have a `settle` of their own. */
  ended?(job: Job, rttMs: number): void;
}

export interface Algorithm {
  readonly name: string;
  /** For the legend of pictures and the heads of tables. */
  readonly title: string;
  client(world: World, index: number): Balancer;
}

export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** The scenario's number in the list of the page, and what it is about. */
  readonly group: string;
  readonly clients: number;
  readonly servers: readonly ServerOptions[];
  /** Share of all the servers' capacity that the requests ask for; the capacity is that of the start. */
  readonly load?: number;
  /** Requests kept in flight in place of arrivals by chance, and how many there are in all. */
  readonly closed?: { readonly inFlight: number; readonly requests: number };
  readonly durationMs: number;
  /** Requests that arrive before are not counted. */
  readonly warmMs: number;
  /** Mean work of a request in ms, 10 unless given. */
  readonly meanMs?: number;
  /** Draws the work of a request; exponential unless given. */
  readonly size?: (random: () => number, meanMs: number) => number;
  /** 1 ms unless given. */
  readonly rttMs?: number | ((client: number, server: number) => number);
  /** Share of requests that fail after 0.5 ms wherever they go. */
  readonly doomed?: number;
  /** What happens meanwhile. */
  readonly script?: (stage: Stage) => void;
  /** The incident: requests that arrive in it are counted on their own as well. */
  readonly incident?: { readonly fromMs: number; readonly toMs: number; readonly server: number };
  /** What a claim is made about: p99 of all, p99 and p99.9 of the incident, errors of the incident. */
  readonly judged?: "all" | "incident" | "errors";
}
