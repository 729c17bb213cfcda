// The report and the live page in a real browser: nothing fails, nothing overflows, light and dark.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { quantiles, type StrategyResult } from "../src/compare/result.ts";
import { writeReport } from "../src/report/report.ts";
import { strategies } from "../src/strategies/strategies.ts";
import { gatewayOver, kill, serverWith } from "./support/stand.ts";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];

const servers = Array.from({ length: 10 }, (_, index) => `s${index + 1} · 0–${10 ** (1 + (index % 3)) - 1} ms`);

/** Made up, but of the shape that a run has. */
const results: readonly StrategyResult[] = strategies.map(({ id, title }, place) => ({
  id,
  title,
  requests: 3_000,
  errors: place,
  count: 3_000,
  p50: 10,
  p90: 300,
  p99: 1_000 / (place + 1),
  p999: 1_200,
  shares: servers.map(() => 0.1),
  curve: quantiles.map((_, step) => 1.07 ** step / (place + 1)),
  timeline: { seconds: [0, 1, 2, 3], inFlight: servers.map((_, index) => [0, index, 2 * index, 0]) },
}));

describe.runIf(existsSync(executablePath))("in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args });
  }, 60_000);
  afterAll(() => browser.close());

  /** A page that keeps note of what goes wrong on it and of what it asks for. */
  async function openPage(url: string, colorScheme: "light" | "dark", width: number) {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
    onTestFinished(() => page.close());
    const complaints: string[] = [];
    const asked: string[] = [];
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(url);
    return { page, complaints, asked };
  }

  const looks = [
    ["light", 1200],
    ["dark", 1200],
    ["light", 400],
    ["dark", 400],
  ] as const;

  it.each(looks)(
    "the report opens from disk by itself: %s, %i wide",
    async (scheme, width) => {
      const folder = mkdtempSync(join(tmpdir(), "bal-pages-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const facts = { results, servers, seed: 1, rate: 300, durationMs: 6_000, serverConcurrency: 16 };
      const { href } = pathToFileURL(await writeReport(join(folder, "report.html"), facts));
      const { page, complaints, asked } = await openPage(href, scheme, width);
      expect(await page.locator("#figures tbody tr").count()).toBe(results.length);
      expect(await page.locator("canvas").count()).toBe(2 + results.length);
      expect(await page.locator(".lead").textContent()).toMatch(
        /99 of 100 requests .* by round robin: 5\.0 times as long/s,
      );
      await expectToFit(page, scheme);
      expect(await drawnCanvases(page)).toBe(2 + results.length);
      expect(complaints).toEqual([]);
      expect(asked.filter((url) => !/^(file|data):/.test(url))).toEqual([]);
    },
    30_000,
  );

  it.each(looks)(
    "the live page follows the gateway: %s, %i wide",
    async (scheme, width) => {
      const a = await serverWith((_, response) => response.end("a"));
      const b = await serverWith((_, response) => response.end("b"));
      const { url } = await gatewayOver([a.url, b.url], { strategyId: "p2c-peak-ewma" });
      await Promise.all(Array.from({ length: 40 }, async () => (await fetch(url)).text()));
      const { page, complaints } = await openPage(`${url}/_bal`, scheme, width);
      await page.locator("#endpoints .ready").nth(1).waitFor();
      expect(await page.locator("#strategy").textContent()).toBe("P2C + peak EWMA");
      expect(await page.locator("#status").textContent()).toMatch(/40 requests/);
      await expectToFit(page, scheme);
      expect(await drawnCanvases(page)).toBe(2);
      await kill(b.server);
      await fetch(url);
      await page.locator("#endpoints .down").waitFor({ timeout: 15_000 });
      expect(complaints).toEqual([]);
    },
    30_000,
  );

  /** Nothing sticks out sideways, no two lines of text lie over each other, and the page has the scheme's colours. */
  async function expectToFit(page: Page, scheme: "light" | "dark"): Promise<void> {
    const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(wide).toBeLessThanOrEqual(seen ?? 0);
    const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const [red = 0] = paper.match(/\d+/g)?.map(Number) ?? [];
    expect(red > 128).toBe(scheme === "light");
    const overlaps = await page.evaluate(() => {
      const texts = [...document.querySelectorAll("h1, h2, h3, p, th, td, figcaption, footer, .keys > span, .tile")];
      const boxes = texts
        .map((node) => ({ node, box: node.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0);
      const found: string[] = [];
      for (const [index, one] of boxes.entries()) {
        for (const other of boxes.slice(index + 1)) {
          if (one.node.contains(other.node)) continue;
          const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
          const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
          if (across > 1 && down > 1) found.push(`${one.node.textContent} / ${other.node.textContent}`);
        }
      }
      return found;
    });
    expect(overlaps).toEqual([]);
  }

  /** How many canvases have something drawn on them. */
  function drawnCanvases(page: Page): Promise<number> {
    return page.evaluate(() => {
      const drawn = (canvas: HTMLCanvasElement): boolean => {
        const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
        return data.some((value, index) => index % 4 === 3 && value > 0);
      };
      return [...document.querySelectorAll("canvas")].filter(drawn).length;
    });
  }
});

describe("the live page's neighbours", () => {
  it("tell the same as JSON and as events, and know their methods and places", async () => {
    const { url: upstream } = await serverWith((_, response) => response.end("a"));
    const { url } = await gatewayOver([upstream]);
    await fetch(url);
    const state = (await (await fetch(`${url}/_bal/state`)).json()) as Record<string, unknown>;
    expect(state).toMatchObject({ requests: 1, errors: 0, queue: 0, latency: { count: 1 } });
    expect(state.endpoints).toMatchObject([
      { url: upstream, ready: true, up: true, requests: 1, share: 1, load: null },
    ]);
    const events = await fetch(`${url}/_bal/events`);
    expect(events.headers.get("content-type")).toBe("text/event-stream");
    const reader = events.body?.getReader();
    const first = Buffer.from((await reader?.read())?.value ?? "").toString();
    expect(JSON.parse(first.replace(/^data: /, ""))).toMatchObject({ requests: 1 });
    await reader?.cancel();
    expect((await fetch(`${url}/_bal/state`, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${url}/_bal/nothing`)).status).toBe(404);
    expect(await (await fetch(`${url}/_balance`)).text()).toBe("a");
  });
});
