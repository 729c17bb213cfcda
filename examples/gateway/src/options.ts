// The command line: what may be asked for, what is asked for, and one clear line when it makes no sense.

import { parseArgs } from "node:util";
import { dns } from "@bal/dns";
import { type Strategy, strategies } from "./strategies/strategies.ts";
import type { Name } from "./upstream/named.ts";

/** A mistake in how the program was called: one line, exit code 2. */
export class UsageError extends Error {}

export interface Options {
  readonly mode: "help" | "compare" | "serve";
  /** With no names either: the embedded fleet. */
  readonly upstreams: readonly string[];
  /** Names whose addresses are balanced over. */
  readonly names: readonly Name[];
  /** DNS servers to ask for them; none: the system's. */
  readonly dnsServers: readonly string[];
  readonly host: string;
  readonly port: number;
  /** The port was not asked for, so the next free one will do. */
  readonly anyPort: boolean;
  readonly seed: number;
  readonly durationMs: number;
  /** Arrivals a second; of `--serve` undefined unless asked for. */
  readonly rate: number | undefined;
  /** Requests that a server of the fleet works on at once. */
  readonly serverConcurrency: number;
  readonly strategy: Strategy;
  readonly report: string;
  readonly maxInFlight: number;
  readonly queueMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  readonly headerBytes: number;
}

interface Flag {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  readonly value?: string;
  readonly default?: string;
  readonly help: string;
}

const flags = {
  upstream: { type: "string", multiple: true, value: "URL", help: "balance to this server; may be given again" },
  dns: {
    type: "string",
    multiple: true,
    value: "NAME:PORT",
    help: "balance to all addresses of a name; may be given again",
  },
  "dns-server": { type: "string", multiple: true, value: "IP[:PORT]", help: "ask this DNS server; may be given again" },
  serve: { type: "boolean", help: "keep the embedded fleet serving, without the comparison" },
  host: { type: "string", value: "HOST", default: "127.0.0.1", help: "address to listen on" },
  port: { type: "string", value: "PORT", help: "port to listen on; 8080 or the next free one" },
  strategy: { type: "string", value: "ID", help: "how to balance while serving" },
  duration: { type: "string", value: "S", default: "6", help: "seconds of traffic for each strategy" },
  rate: { type: "string", value: "N", help: "requests a second: 300 to compare; with --serve none unless given" },
  seed: { type: "string", value: "N", default: "1", help: "of arrivals, of the servers' times and of random choices" },
  slots: { type: "string", value: "N", default: "14", help: "requests that a server of the fleet works on at once" },
  report: { type: "string", value: "FILE", default: "reports/gateway.html", help: "where the report goes" },
  "max-in-flight": { type: "string", value: "N", default: "512", help: "requests at once on one upstream" },
  "queue-ms": { type: "string", value: "MS", default: "5000", help: "longest wait for an upstream with room (503)" },
  "first-byte-ms": { type: "string", value: "MS", default: "30000", help: "longest wait for an answer's header (504)" },
  "idle-ms": { type: "string", value: "MS", default: "60000", help: "longest pause within an answer's body" },
  "header-bytes": {
    type: "string",
    value: "N",
    default: "16384",
    help: "largest header, of requests (431) and answers",
  },
  help: { type: "boolean", short: "h", help: "this text" },
} as const satisfies Record<string, Flag>;

export function parseOptions(args: readonly string[]): Options {
  const values = read(args);
  const upstreams = (values.upstream ?? []).map(origin);
  upstreams.forEach((url, index) => {
    if (upstreams.indexOf(url) !== index) throw new UsageError(`--upstream: ${url} was given twice`);
  });
  const names = (values.dns ?? []).map(name);
  const dnsServers = values["dns-server"] ?? [];
  if (names.length > 0 && upstreams.length > 0) throw new UsageError("--dns and --upstream exclude each other");
  if (dnsServers.length > 0 && names.length === 0) throw new UsageError("--dns-server: asked for which --dns?");
  checkDnsServers(dnsServers);
  const others = names.length > 0 ? "--dns" : upstreams.length > 0 ? "--upstream" : undefined;
  const serving = others !== undefined || values.serve === true;
  if (others && values.serve) throw new UsageError(`--serve is for the embedded fleet; leave it out with ${others}`);
  if (others && values.rate) throw new UsageError(`--rate is for the embedded fleet, not for ${others}`);
  return {
    mode: values.help ? "help" : serving ? "serve" : "compare",
    upstreams,
    names,
    dnsServers,
    host: values.host ?? flags.host.default,
    port: number("port", values.port ?? "8080", { min: 0, max: 65_535, whole: true }),
    anyPort: values.port === undefined,
    seed: number("seed", values.seed, { min: 0, whole: true }),
    durationMs: number("duration", values.duration, { min: 0.1, max: 3_600 }) * 1000,
    rate: values.rate === undefined ? undefined : number("rate", values.rate, { min: 1, max: 100_000 }),
    serverConcurrency: number("slots", values.slots, { min: 1, whole: true }),
    strategy: strategyOf(values.strategy),
    report: values.report ?? flags.report.default,
    maxInFlight: number("max-in-flight", values["max-in-flight"], { min: 1, whole: true }),
    queueMs: number("queue-ms", values["queue-ms"], { min: 1 }),
    firstByteMs: number("first-byte-ms", values["first-byte-ms"], { min: 1 }),
    idleMs: number("idle-ms", values["idle-ms"], { min: 1 }),
    headerBytes: number("header-bytes", values["header-bytes"], { min: 256, max: 16_777_216, whole: true }),
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: false }).values;
  } catch (error) {
    // Node's own sentence, without the advice that follows it.
    throw new UsageError(`${(error as Error).message.split(". ")[0]}; see --help`);
  }
}

function origin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const wrong = (why: string): never => {
    throw new UsageError(`--upstream: expected a URL such as http://10.0.0.1:8080, got "${text}"${why}`);
  };
  if (url === undefined || !/^https?:$/.test(url.protocol)) return wrong("");
  if (url.pathname !== "/" || url.search || url.hash) return wrong(" (a path belongs to the requests)");
  if (url.username || url.password) return wrong(" (credentials belong to the requests)");
  return url.origin;
}

function name(text: string, index: number, all: readonly string[]): Name {
  const [, host, port] = /^([^\s/:@[\]]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw new UsageError(`--dns: expected a name and a port such as users.internal:8080, got "${text}"`);
  }
  if (all.indexOf(text) !== index) throw new UsageError(`--dns: ${text} was given twice`);
  return { host, port: Number(port) };
}

function checkDnsServers(servers: readonly string[]): void {
  for (const server of servers) {
    try {
      dns("localhost", { servers: [server] });
    } catch {
      throw new UsageError(`--dns-server: expected an address such as 10.0.0.2 or 10.0.0.2:5353, got "${server}"`);
    }
  }
}

interface Range {
  readonly min: number;
  readonly max?: number;
  readonly whole?: boolean;
}

function number(
  flag: string,
  text: string | undefined,
  { min, max = Number.MAX_SAFE_INTEGER, whole = false }: Range,
): number {
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  const to = max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`;
  throw new UsageError(`--${flag}: expected a ${whole ? "whole " : ""}number from ${min}${to}, got "${text}"`);
}

function strategyOf(id: string | undefined): Strategy {
  const found = id === undefined ? strategies.at(-1) : strategies.find((strategy) => strategy.id === id);
  if (found !== undefined) return found;
  throw new UsageError(`--strategy: expected one of ${strategies.map(({ id }) => id).join(", ")}, got "${id}"`);
}

export function help(): string {
  const rows = Object.entries(flags).map(([name, flag]: [string, Flag]) => {
    const left = `  ${flag.short ? `-${flag.short}, ` : "    "}--${name}${flag.value ? ` ${flag.value}` : ""}`;
    return `${left.padEnd(30)} ${flag.help}${flag.default ? ` (${flag.default})` : ""}`;
  });
  return `bal's gateway: a local HTTP gateway that balances real requests over real servers

  npm start                                     compare the strategies over an embedded fleet, write a report
  npm start -- --serve                          keep the embedded fleet serving
  npm start -- --upstream http://a:1 --upstream http://b:2
                                                serve these instead, until stopped
  npm start -- --dns users.internal:8080        serve all addresses of a name, as they come and go

${rows.join("\n")}

Strategies: ${strategies.map(({ id }) => id).join(", ")}.
While serving, /_bal shows a live page and /_bal/state the same as JSON. Ctrl-C drains and ends.
`;
}
