/** The scenarios: what goes well, what goes wrong, and what was looked for because it might hurt us. */

import { exponential } from "./random.ts";
import type { Scenario, Stage } from "./scenario.ts";
import type { Server, ServerOptions } from "./server.ts";

const fleet = (count: number, options: ServerOptions = {}): ServerOptions[] =>
  Array.from({ length: count }, () => options);

const minute = 60_000;

function plain(
  id: string,
  title: string,
  rest: Omit<Scenario, "id" | "title" | "group" | "warmMs"> & { group?: string; warmMs?: number },
): Scenario {
  return { id, title, group: "2", warmMs: rest.durationMs / 10, ...rest } satisfies Scenario;
}

/** The first server is in trouble for ten seconds of a minute. */
function trouble(
  id: string,
  group: string,
  title: string,
  begin: (server: Server) => void,
  end: (server: Server) => void,
) {
  return {
    id,
    group,
    title,
    clients: 10,
    servers: fleet(10, { workers: 4 }),
    load: 0.6,
    durationMs: minute,
    warmMs: 5_000,
    incident: { fromMs: 25_000, toMs: 35_000, server: 0 },
    judged: id === "fails" ? "errors" : "incident",
    script: ({ time, servers }) => {
      time.later(25_000, () => begin(servers[0]!));
      time.later(35_000, () => end(servers[0]!));
    },
  } satisfies Scenario;
}

/** Starts slow and warms up, its speed growing in a straight line. */
function warmUp(stage: Stage, server: Server, slowness: number, warmMs: number): void {
  const steps = 50;
  const begin = stage.time.now;
  for (let step = 0; step <= steps; step++) {
    const speed = 1 / slowness + ((1 - 1 / slowness) * step) / steps;
    stage.time.later(begin + (warmMs * step) / steps, () => {
      server.speed = speed;
    });
  }
}

/** Ten clients of a fleet that becomes another one when the incident begins. */
function resized(
  id: string,
  title: string,
  {
    change,
    ...rest
  }: Pick<Scenario, "servers" | "load"> & {
    readonly incident: NonNullable<Scenario["incident"]>;
    readonly change: (stage: Stage) => void;
  },
): Scenario {
  return {
    id,
    title,
    group: "11",
    clients: 10,
    durationMs: 50_000,
    warmMs: 5_000,
    judged: "incident",
    script: (stage) => stage.time.later(rest.incident.fromMs, () => change(stage)),
    ...rest,
  };
}

function longServices(id: string, title: string, begin: (server: Server) => void, end: (server: Server) => void) {
  return {
    id,
    group: "12",
    title,
    clients: 10,
    servers: fleet(10, { workers: 8 }),
    load: 0.6,
    meanMs: 2_000,
    durationMs: 40 * minute,
    warmMs: 4 * minute,
    incident: { fromMs: 15 * minute, toMs: 21 * minute, server: 0 },
    judged: id === "long-fails" ? "errors" : "incident",
    script: ({ time, servers }) => {
      time.later(15 * minute, () => begin(servers[0]!));
      time.later(21 * minute, () => end(servers[0]!));
    },
  } satisfies Scenario;
}

const failing = (afterMs: number) => (server: Server) => {
  server.failsAfterMs = afterMs;
};
const healed = (server: Server): void => {
  server.failsAfterMs = undefined;
};
const atSpeed = (speed: number) => (server: Server) => {
  server.speed = speed;
};

/** Speeds change every two seconds, each server on its own. */
function antagonists(stage: Stage): void {
  const { time, servers, durationMs } = stage;
  const chance = stage.random();
  for (const server of servers) {
    for (let at = chance() * 2_000; at < durationMs; at += 2_000) {
      const drawn = chance();
      time.later(at, () => {
        server.speed = drawn < 0.8 ? 1 : drawn < 0.95 ? 0.5 : 0.2;
      });
    }
  }
}

function pauses(stage: Stage): void {
  const { time, servers, durationMs } = stage;
  const chance = stage.random();
  for (const server of servers) {
    for (let at = exponential(chance, 5_000); at < durationMs; at += 200 + exponential(chance, 5_000)) {
      time.later(at, () => {
        server.speed = 0;
      });
      time.later(at + 200, () => {
        server.speed = 1;
      });
    }
  }
}

/** Most requests are short and one in a hundred takes a hundred times as long. */
function fewHuge(random: () => number, meanMs: number): number {
  const small = meanMs / 1.99;
  return exponential(random, random() < 0.01 ? 100 * small : small);
}

const queues: Scenario[] = [
  [10, 0.7, 150_000],
  [10, 0.9, 150_000],
  [100, 0.7, 15_000],
  [100, 0.9, 15_000],
].flatMap(([count, load, durationMs]) =>
  [1, 10].map((clients) =>
    plain(
      `n${count}-load${load}-c${clients}`,
      `${count} servers, load ${load}, ${clients === 1 ? "1 client" : `${clients} clients`}`,
      {
        clients,
        servers: fleet(count!),
        load: load!,
        durationMs: durationMs!,
        rttMs: 0,
      },
    ),
  ),
);

const speeds: Scenario[] = [1, 10].map((clients) =>
  plain(`speeds-c${clients}`, `speeds 1, 2, 5, ${clients === 1 ? "1 client" : "10 clients"}`, {
    group: "3",
    clients,
    servers: [...fleet(10), ...fleet(5, { speed: 2 }), ...fleet(5, { speed: 5 })],
    load: 0.75,
    durationMs: 30_000,
  }),
);

/** tower's example: no queues, ten endpoints with a uniform time up to their maximum, 500 requests in flight. */
export const towersExample: Scenario = {
  id: "tower",
  group: "1",
  title: "tower's example",
  clients: 1,
  servers: [1, 5, 10, 10, 10, 100, 100, 100, 500, 1000].map((max) => ({ workers: Infinity, speed: 1 / max })),
  closed: { inFlight: 500, requests: 100_000 },
  durationMs: 0,
  warmMs: 0,
  meanMs: 0.5,
  size: (random) => random(),
  rttMs: 0,
};

const incidents: Scenario[] = [
  trouble("slow", "4", "one of ten is 20 × slower", atSpeed(1 / 20), atSpeed(1)),
  trouble("fails", "5", "one of ten fails at once", failing(0.5), healed),
  trouble("hangs", "6", "one of ten hangs", atSpeed(0), atSpeed(1)),
  {
    id: "cold",
    group: "7",
    title: "a cold server joins nine",
    clients: 10,
    servers: fleet(9, { workers: 4 }),
    load: 0.7,
    durationMs: minute,
    warmMs: 5_000,
    incident: { fromMs: 25_000, toMs: 35_000, server: 9 },
    judged: "incident",
    script: (stage) => stage.time.later(25_000, () => warmUp(stage, stage.join({ workers: 4, speed: 0.1 }), 10, 5_000)),
  },
  {
    id: "deploy",
    group: "11",
    title: "a rolling deploy",
    clients: 10,
    servers: fleet(10, { workers: 4 }),
    load: 0.6,
    durationMs: 70_000,
    warmMs: 5_000,
    incident: { fromMs: 20_000, toMs: 50_000, server: 0 },
    judged: "incident",
    script: (stage) => {
      for (let turn = 0; turn < 10; turn++) {
        stage.time.later(20_000 + 3_000 * turn, () => {
          warmUp(stage, stage.join({ workers: 4, speed: 0.2 }), 5, 2_000);
          stage.leave(stage.servers[turn]!);
        });
      }
    },
  },
  resized("halves", "a fleet that halves", {
    servers: fleet(20, { workers: 4 }),
    load: 0.4,
    incident: { fromMs: 25_000, toMs: 35_000, server: 0 },
    change(stage) {
      for (let index = 10; index < 20; index++) stage.leave(stage.servers[index]!);
    },
  }),
  resized("doubles", "a fleet that doubles, the new ones cold", {
    servers: fleet(10, { workers: 4 }),
    load: 0.85,
    incident: { fromMs: 25_000, toMs: 35_000, server: 10 },
    change(stage) {
      for (let index = 10; index < 20; index++) warmUp(stage, stage.join({ workers: 4, speed: 0.2 }), 5, 3_000);
    },
  }),
];

const everyday: Scenario[] = [
  plain("antagonists", "antagonists, 50 clients", {
    group: "8",
    clients: 50,
    servers: fleet(100, { workers: 4, shared: true }),
    load: 0.75 * 0.915,
    durationMs: 8_000,
    warmMs: 2_000,
    script: antagonists,
  }),
  plain("pauses", "pauses of 200 ms", {
    group: "9",
    clients: 10,
    servers: fleet(20, { workers: 4 }),
    load: 0.6,
    durationMs: 30_000,
    script: pauses,
  }),
  plain("doomed", "2 % fail everywhere", {
    group: "10",
    clients: 10,
    servers: fleet(10),
    load: 0.7,
    durationMs: 150_000,
    doomed: 0.02,
  }),
  plain("fast", "services of 1 ms, 8 at once", {
    group: "13",
    clients: 10,
    servers: fleet(10, { workers: 8 }),
    load: 0.6,
    meanMs: 1,
    durationMs: 2_500,
  }),
  plain("eight", "8 at once, load 0.9, 1 client", {
    group: "14",
    clients: 1,
    servers: fleet(10, { workers: 8 }),
    load: 0.9,
    durationMs: 15_000,
  }),
  plain("many", "32 at once, 50 ms, load 0.8, 1 client", {
    group: "14",
    clients: 1,
    servers: fleet(10, { workers: 32 }),
    load: 0.8,
    meanMs: 50,
    durationMs: 25_000,
  }),
];

const long: Scenario[] = [
  longServices("long-fails", "services of 2 s, one fails at once", failing(100), healed),
  longServices("long-slow", "services of 2 s, one 20 × slower", atSpeed(1 / 20), atSpeed(1)),
  longServices("long-hangs", "services of 2 s, one hangs", atSpeed(0), atSpeed(1)),
];

/** Looked for: where the estimates have little to go by, or go by the wrong thing. */
const weaknesses: Scenario[] = [
  plain("sparse", "sparse: 200 clients of 100 servers, a request each second", {
    group: "own",
    clients: 200,
    servers: fleet(100),
    load: 0.02,
    durationMs: 200_000,
  }),
  plain("sparse-speeds", "sparse, and a third of the servers 5 × slower", {
    group: "own",
    clients: 200,
    servers: [...fleet(66), ...fleet(34, { speed: 0.2 })],
    load: 0.1,
    durationMs: 120_000,
  }),
  plain("many-clients", "200 clients of 20 servers, load 0.8", {
    group: "own",
    clients: 200,
    servers: fleet(20, { workers: 4 }),
    load: 0.8,
    durationMs: 20_000,
  }),
  plain("sizes", "one request in a hundred 100 × longer, 10 clients", {
    group: "own",
    clients: 10,
    servers: fleet(10, { workers: 4 }),
    load: 0.6,
    durationMs: 60_000,
    size: fewHuge,
  }),
  plain("sizes-c1", "one request in a hundred 100 × longer, 1 client", {
    group: "own",
    clients: 1,
    servers: fleet(10, { workers: 4 }),
    load: 0.6,
    durationMs: 60_000,
    size: fewHuge,
  }),
  plain("network", "20 ms of network, load 0.8, 10 clients", {
    group: "own",
    clients: 10,
    servers: fleet(10, { workers: 4 }),
    load: 0.8,
    rttMs: 20,
    durationMs: 40_000,
  }),
  plain("near-far", "five near (1 ms), five far (30 ms), load 0.7", {
    group: "own",
    clients: 10,
    servers: fleet(10, { workers: 4 }),
    load: 0.7,
    rttMs: (_client, server) => (server < 5 ? 1 : 30),
    durationMs: 40_000,
  }),
  plain("liar", "one of ten says that it is idle", {
    group: "own",
    clients: 10,
    servers: fleet(10, { workers: 4 }),
    load: 0.7,
    durationMs: 40_000,
    script: ({ servers }: Stage) => {
      servers[0]!.lies = true;
    },
  }),
  plain("unlike-clients", "half of ten servers 3 × slower, 40 clients", {
    group: "own",
    clients: 40,
    servers: [...fleet(5, { workers: 4 }), ...fleet(5, { workers: 4, speed: 1 / 3 })],
    load: 0.7,
    durationMs: 60_000,
  }),
];

export const scenarios: readonly Scenario[] = [
  towersExample,
  ...queues,
  ...speeds,
  ...incidents,
  ...everyday,
  ...long,
  ...weaknesses,
];

/** The same in a part of the time; what has an incident keeps its hours. */
export function shorter(scenario: Scenario, part: number): Scenario {
  if (scenario.incident !== undefined || scenario.closed !== undefined) return scenario;
  return { ...scenario, durationMs: scenario.durationMs * part, warmMs: scenario.warmMs * part };
}
