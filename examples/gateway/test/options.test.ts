// The command line: what it means, and what is said when it makes no sense.

import { describe, expect, it } from "vitest";
import { parseOptions, UsageError } from "../src/options.ts";

describe("the command line", () => {
  it("compares when nothing is said", () => {
    expect(parseOptions([])).toMatchObject({
      mode: "compare",
      host: "127.0.0.1",
      port: 8080,
      anyPort: true,
      durationMs: 6_000,
    });
  });

  it("serves upstreams as they are named, on the port that is asked for", () => {
    const options = parseOptions(["--upstream", "http://a:1/", "--upstream=https://b", "--port", "81"]);
    expect(options).toMatchObject({ mode: "serve", upstreams: ["http://a:1", "https://b"], port: 81, anyPort: false });
  });

  it("serves the addresses of names, and asks the DNS servers that are named", () => {
    const options = parseOptions(["--dns", "users.internal:8080", "--dns", "b:1", "--dns-server", "127.0.0.1:5353"]);
    expect(options).toMatchObject({
      mode: "serve",
      upstreams: [],
      names: [
        { host: "users.internal", port: 8080 },
        { host: "b", port: 1 },
      ],
      dnsServers: ["127.0.0.1:5353"],
    });
  });

  it.each([
    ["an unknown flag", ["--prot", "80"], "--prot"],
    ["a word too many", ["serve"], "serve"],
    ["a value that is missing", ["--port"], "--port"],
    ["a port that is none", ["--port", "http"], "--port: expected a whole number from 0 to 65535"],
    ["a port that is too large", ["--port", "65536"], "--port"],
    ["a duration of nothing", ["--duration", "0"], "--duration: expected a number from 0.1"],
    ["a seed that is none", ["--seed", "x"], "--seed"],
    ["a strategy that nobody knows", ["--strategy", "best"], "expected one of round-robin, random, p2c-pending"],
    [
      "no URL",
      ["--upstream", "localhost:80"],
      '--upstream: expected a URL such as http://10.0.0.1:8080, got "localhost:80"',
    ],
    ["a URL of another kind", ["--upstream", "ftp://a"], "--upstream"],
    ["a URL with a path", ["--upstream", "http://a/b"], "a path belongs to the requests"],
    ["a URL twice", ["--upstream", "http://a", "--upstream", "http://a/"], "given twice"],
    [
      "a name without a port",
      ["--dns", "users.internal"],
      "--dns: expected a name and a port such as users.internal:8080",
    ],
    ["a URL for a name", ["--dns", "http://users.internal:80"], "--dns: expected a name and a port"],
    ["a port of a name that is none", ["--dns", "users.internal:0"], "--dns: expected a name and a port"],
    ["a name twice", ["--dns", "a:80", "--dns", "a:80"], "--dns: a:80 was given twice"],
    ["names and URLs", ["--dns", "a:80", "--upstream", "http://b"], "--dns and --upstream exclude each other"],
    ["names and the fleet", ["--dns", "a:80", "--serve"], "--serve is for the embedded fleet; leave it out with --dns"],
    ["names and a rate", ["--dns", "a:80", "--rate", "5"], "--rate is for the embedded fleet, not for --dns"],
    [
      "a DNS server by name",
      ["--dns", "a:80", "--dns-server", "ns"],
      "--dns-server: expected an address such as 10.0.0.2",
    ],
    ["a DNS server for nothing", ["--dns-server", "10.0.0.2"], "--dns-server: asked for which --dns?"],
    ["two wishes that exclude each other", ["--serve", "--upstream", "http://a"], "--serve is for the embedded fleet"],
  ])("is refused in one line: %s", (_, args, expected) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(expected);
    expect(() => parseOptions(args)).toThrow(/^[^\n]+$/);
  });
});
