// The program behind `npm start`: what it prints, how it ends, and what it leaves behind.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { build, type Program, start } from "./support/program.ts";
import { serverWith } from "./support/stand.ts";

beforeAll(build, 60_000);

async function serving(...args: string[]): Promise<{ program: Program; url: string }> {
  const program = start(...args);
  const [, url = ""] = await program.says(/ at (http:\S+)\n[\s\S]*Ctrl-C/);
  return { program, url };
}

describe("the comparison", () => {
  it("ends with 0, a table of every strategy over the same arrivals, and a report", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bal-report-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "deep", "report.html");
    const program = start("--duration", "0.6", "--rate", "100", "--seed", "7", "--port", "0", "--report", file);
    expect(await program.ended).toBe(0);
    expect(program.stderr).toBe("");
    const rows = program.stdout.split("\n").filter((line) => /^(round robin|random|P2C|least)/.test(line));
    const titles = ["round robin", "random", "P2C + pending", "P2C + peak EWMA", "least expected delay"];
    expect(rows.map((row) => row.slice(0, 20).trim())).toEqual([...titles, ...titles]);
    const figures = rows.slice(0, titles.length).map((row) => row.slice(20).trim().split(/\s+/));
    expect(new Set(figures.map(([requests]) => requests)).size).toBe(1);
    expect(figures.every(([, errors, ...latencies]) => errors === "0" && latencies.length === 4)).toBe(true);
    const shares = rows.slice(titles.length).map((row) => row.slice(20).trim().split(/\s+/).map(Number));
    for (const row of shares) expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, -0.5);
    expect(program.stdout.trimEnd().split("\n").at(-1)).toBe(`report: ${file}`);
    const html = readFileSync(file, "utf8");
    expect(html).toContain("least expected delay");
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
  }, 60_000);

  it("that is interrupted ends with 0 and shows nothing that it has not measured", async () => {
    const program = start("--duration", "30", "--rate", "20", "--port", "0");
    await program.says(/1\/5 round robin/);
    program.kill("SIGINT");
    expect(await program.ended).toBe(0);
    expect(program.stdout).not.toContain("report:");
    expect(program.stderr).toBe("");
  }, 30_000);
});

describe("serving the embedded fleet", () => {
  it("answers, shows its state, and drains at Ctrl-C, fleet and all", async () => {
    const { program, url } = await serving("--serve", "--port", "0");
    expect(await (await fetch(`${url}/any/path`)).json()).toMatchObject({ server: expect.stringMatching(/^s\d+ · /) });
    const state = (await (await fetch(`${url}/_bal/state`)).json()) as { endpoints: { url: string; ready: boolean }[] };
    expect(state).toMatchObject({ requests: 1, queue: 0, strategy: { id: "least-expected-delay" } });
    expect(state.endpoints).toHaveLength(10);
    expect(state.endpoints.every(({ ready }) => ready)).toBe(true);
    const [{ url: server } = { url: "" }] = state.endpoints;
    expect((await fetch(server)).status).toBe(200);
    program.kill("SIGINT");
    expect(await program.ended).toBe(0);
    expect(program.stderr).toBe("");
    await expect(fetch(url)).rejects.toThrow();
    await expect(fetch(server)).rejects.toThrow();
  }, 30_000);

  it("takes the next free port when none is asked for", async () => {
    const [first, second] = await Promise.all([serving("--serve"), serving("--serve")]);
    expect(first.url).not.toBe(second.url);
    expect(Number(new URL(first.url).port)).toBeGreaterThanOrEqual(8080);
    first.program.kill("SIGTERM");
    second.program.kill("SIGTERM");
    expect(await Promise.all([first.program.ended, second.program.ended])).toEqual([0, 0]);
  }, 30_000);
});

describe("serving other upstreams", () => {
  it("balances between them, and answers what is in flight before it ends", async () => {
    let finish: (() => void) | undefined;
    const servers = await Promise.all(
      ["a", "b"].map((name) =>
        serverWith((request, response) => {
          if (request.url === "/slow") finish = () => response.end("in time");
          else response.end(name);
        }),
      ),
    );
    const upstreams = servers.flatMap((server) => ["--upstream", server.url]);
    const { program, url } = await serving("--port", "0", "--strategy", "round-robin", ...upstreams);
    const answers = await Promise.all(Array.from({ length: 10 }, async () => (await fetch(url)).text()));
    expect(answers.sort().join("")).toBe("aaaaabbbbb");
    const slow = fetch(`${url}/slow`);
    for (let tries = 0; finish === undefined && tries < 500; tries += 1)
      await new Promise((next) => setTimeout(next, 10));
    program.kill("SIGINT");
    await program.says(/draining: 1 in flight/);
    await expect(fetch(url)).rejects.toThrow();
    finish?.();
    expect(await (await slow).text()).toBe("in time");
    expect(await program.ended).toBe(0);
  }, 30_000);
});

describe("a call that makes no sense", () => {
  it.each([
    ["an unknown flag", ["--prot", "80"], "--prot"],
    ["no URL", ["--upstream", "localhost"], "--upstream: expected a URL"],
    ["no name and port", ["--dns", "localhost"], "--dns: expected a name and a port"],
    [
      "a host that is not here",
      ["--upstream", "http://a", "--host", "203.0.113.1"],
      "--host: cannot listen on 203.0.113.1",
    ],
  ])("ends in one clear line and exit code 2: %s", async (_, args, expected) => {
    const program = start(...args);
    expect(await program.ended).toBe(2);
    expect(program.stderr).toMatch(/^bal: [^\n]+\n$/);
    expect(program.stderr).toContain(expected);
    expect(program.stdout).toBe("");
  });

  it("ends in one clear line and exit code 2: a port that is taken", async () => {
    const { port } = await serverWith(() => {});
    const program = start("--port", String(port), "--upstream", "http://127.0.0.1:1");
    expect(await program.ended).toBe(2);
    expect(program.stderr).toBe(`bal: --port: 127.0.0.1:${port} is taken by another program\n`);
  }, 30_000);
});

describe("--help", () => {
  it("tells of every option and ends with 0", async () => {
    const program = start("--help");
    expect(await program.ended).toBe(0);
    for (const flag of [
      "upstream",
      "dns",
      "dns-server",
      "serve",
      "host",
      "port",
      "strategy",
      "duration",
      "rate",
      "seed",
      "report",
      "help",
    ]) {
      expect(program.stdout).toContain(`--${flag}`);
    }
    expect(Math.max(...program.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
  });
});
