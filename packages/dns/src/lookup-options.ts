// The options of a lookup: who is asked, and for which names.

import { isIP } from "node:net";
import { checkFunction, checkMethods, checkNumber, InvalidOptionError } from "@bal/errors";
import { nodeResolver, type Resolver } from "./resolver.ts";

export interface LookupOptions {
  /** Servers to ask, "10.0.0.2" or "10.0.0.2:5353"; the system's unless given. */
  readonly servers?: readonly string[];
  /** How long one server is waited for, in ms; 2,000 unless given. */
  readonly timeoutMs?: number;
  /** How often a server is asked before the next; 2 unless given. */
  readonly tries?: number;
  /** Addresses to look for: 4, 6, or both where 0, which it is unless given. */
  readonly family?: 0 | 4 | 6;
  /**
   * Domains that a short name is tried in, before it is tried as it is: `["default.svc.cluster.local"]`. None unless
   * given: Node's resolver does not read the system's.
   */
  readonly search?: readonly string[];
  /** A name with fewer dots is short; 1 unless given. Kubernetes sets 5. A name that ends in a dot is never short. */
  readonly ndots?: number;
  /** The file of names that goes before DNS, or false for none; the system's (`/etc/hosts`) unless given. */
  readonly hostsFile?: string | false;
  /** Makes the resolver of one lookup; Node's unless given. `servers`, `timeoutMs` and `tries` are Node's resolver's. */
  readonly resolver?: () => Resolver;
}

/** The same, checked and complete. */
export interface LookupRules {
  readonly family: 0 | 4 | 6;
  readonly search: readonly string[];
  readonly ndots: number;
  readonly hostsFile: string | false;
  readonly resolver: () => Resolver;
}

const systemHosts =
  globalThis.process?.platform === "win32" ? "C:\\Windows\\System32\\drivers\\etc\\hosts" : "/etc/hosts";

/** The most that Node's resolver takes. */
const int32 = 2 ** 31 - 1;

/** @throws InvalidOptionError */
export function checkLookupOptions(options: LookupOptions): LookupRules {
  if (typeof options !== "object" || options === null) {
    throw new InvalidOptionError("options", { expected: "an object", came: options });
  }
  const {
    servers,
    timeoutMs = 2_000,
    tries = 2,
    family = 0,
    search = [],
    ndots = 1,
    hostsFile = systemHosts,
    resolver = () => nodeResolver({ servers, timeoutMs, tries }),
  } = options;
  if (servers !== undefined) checkStrings("servers", servers);
  checkStrings("search", search);
  checkNumber("timeoutMs", timeoutMs, { min: 1, max: int32, whole: true, unit: "ms" });
  checkNumber("tries", tries, { min: 1, max: int32, whole: true });
  checkNumber("ndots", ndots, { whole: true });
  if (![0, 4, 6].includes(family)) throw new InvalidOptionError("family", { expected: "0, 4 or 6", came: family });
  if (hostsFile !== false && typeof hostsFile !== "string") {
    throw new InvalidOptionError("hostsFile", { expected: "a path or false", came: hostsFile });
  }
  checkFunction("resolver", resolver);
  try {
    checkMethods("what resolver returns", resolver(), ["resolve4", "resolve6", "resolveSrv"]);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_INVALID_IP_ADDRESS") throw error;
    throw new InvalidOptionError("servers", { expected: "addresses, with a port or without", came: servers?.join() });
  }
  return { family, search, ndots, hostsFile, resolver };
}

/** A host name or service name; a colon stands in an IPv6 address only. */
export function checkName(option: string, name: unknown): asserts name is string {
  if (typeof name === "string" && (/^[^\s/:]+$/.test(name) || isIP(name) === 6)) return;
  throw new InvalidOptionError(option, { expected: "a name without scheme and port", came: name });
}

function checkStrings(option: string, values: unknown): void {
  if (Array.isArray(values) && values.every((value) => typeof value === "string")) return;
  throw new InvalidOptionError(option, { expected: "an array of strings", came: values });
}
