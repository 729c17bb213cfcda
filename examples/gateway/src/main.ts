// The program behind `npm start`: compares, or serves, and ends with 0, or with 2 and one line when it was called wrongly.

import { seededRandom } from "@bal/service/testing";
import { compare } from "./compare/compare.ts";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import { type Gateway, gateway } from "./gateway.ts";
import { help, type Options, parseOptions, UsageError } from "./options.ts";
import { writeReport } from "./report/report.ts";
import { graceMs, observeDns, serve, tellOf, untilStopped } from "./serve.ts";
import { strategies } from "./strategies/strategies.ts";
import { progressOf } from "./terminal/progress.ts";
import { table } from "./terminal/table.ts";
import { traffic } from "./traffic/traffic.ts";
import { named } from "./upstream/named.ts";
import { upstream } from "./upstream/upstream.ts";

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.mode === "help") process.stdout.write(help());
  else await run(options);
} catch (error) {
  const usage = error instanceof UsageError;
  process.stderr.write(`bal: ${usage ? error.message : ((error as Error)?.stack ?? error)}\n`);
  process.exitCode = usage ? 2 : 1;
}

async function run(options: Options): Promise<void> {
  const stop = untilStopped();
  const { seed, serverConcurrency: concurrency } = options;
  const own = options.upstreams.length === 0 && options.names.length === 0;
  await using fleet = own ? await startFleet({ seed, concurrency }) : undefined;
  const front = open(options, fleet);
  const url = await listenOn(front, options);
  if (fleet === undefined || options.mode === "serve") {
    const driving = fleet && options.rate ? keepDriving(options, url, stop) : undefined;
    await serve(front, { url, names: options.names, stop });
    await driving;
  } else {
    await showComparison(options, { front, fleet, url, stop });
    await front.close(graceMs);
  }
}

function open(options: Options, fleet: Fleet | undefined): Gateway {
  const { firstByteMs, idleMs, headerBytes, queueMs, seed, maxInFlight: concurrency } = options;
  const random = seededRandom(seed);
  const limits = { concurrency, firstByteMs, idleMs, headerBytes, connectMs: 5_000 };
  const servers = fleet?.servers ?? options.upstreams.map((url) => ({ url, name: url }));
  const upstreams = servers.map(({ url, name }) => upstream(url, { ...limits, name }));
  const { strategy, names, dnsServers } = options;
  const dnsOptions = { ...(dnsServers.length > 0 && { servers: dnsServers }), observer: observeDns() };
  const found = names.length > 0 ? named(names, dnsOptions, limits) : undefined;
  const times = { queueMs, headerMs: 30_000 };
  return gateway({ upstreams, found, heard: tellOf, strategy, random, maxQueue: 10_000, headerBytes, ...times });
}

async function listenOn(front: Gateway, { host, port, anyPort }: Options): Promise<string> {
  try {
    const bound = await front.listen({ host, port, orNext: anyPort });
    return `http://${host.includes(":") ? `[${host}]` : host}:${bound}`;
  } catch (error) {
    await front.close(0);
    const { code, message } = error as { code?: string; message: string };
    if (code === "EADDRINUSE") throw new UsageError(`--port: ${host}:${port} is taken by another program`);
    if (code === "EACCES") throw new UsageError(`--port: not allowed to listen on ${host}:${port}`);
    throw new UsageError(`--host: cannot listen on ${host}:${port} (${code ?? message})`);
  }
}

/** Traffic for the live page to show, until the stop. */
async function keepDriving({ seed, rate = 1 }: Options, url: string, signal: AbortSignal): Promise<void> {
  for (let round = 0; !signal.aborted; round += 1) {
    await traffic({ url, rate, seed: seed + round, durationMs: 600_000, patienceMs: 15_000, signal });
  }
}

interface Scene {
  readonly front: Gateway;
  readonly fleet: Fleet;
  readonly url: string;
  readonly stop: AbortSignal;
}

async function showComparison(options: Options, { front, fleet, url, stop }: Scene): Promise<void> {
  const { seed, durationMs, serverConcurrency, rate = 300 } = options;
  const names = fleet.servers.map(({ name }) => name);
  console.log(`${names.length} servers behind ${url} (live page: ${url}/_bal)`);
  console.log(
    `${rate} requests a second for ${durationMs / 1000} s through each of ${strategies.length} strategies, seed ${seed}\n`,
  );
  const show = progressOf({
    out: process.stdout,
    upstreams: front.upstreams,
    strategies: strategies.length,
    durationMs,
  });
  const warmUpMs = Math.min(1_000, durationMs);
  const signal = stop;
  const results = await compare({
    gateway: front,
    fleet,
    url,
    strategies,
    seed,
    rate,
    durationMs,
    warmUpMs,
    signal,
    show,
  });
  if (results.length === 0) return;
  console.log(
    `\n${table(
      results,
      names.map((name) => name.replace(/.*· | ms/g, "")),
    )}\n`,
  );
  const facts = { results, servers: names, seed, rate, durationMs, serverConcurrency };
  console.log(`report: ${await writeReport(options.report, facts)}`);
}
