// Runs every numbered example as a reader would, and compares what it prints with what its last lines promise.

import { execFile, execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";

const folder = fileURLToPath(new URL(".", import.meta.url));
const tsc = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));
const names = readdirSync(folder).filter((name) => /^\d\d-.*\.ts$/.test(name) && !name.includes(".test."));

beforeAll(() => {
  execFileSync(process.execPath, [tsc, "-b", folder]);
}, 60_000);

const sourceOf = (name: string): string => readFileSync(`${folder}/${name}`, "utf8");

/** What the comment after "Prints:" says, or undefined. */
function promised(source: string): string | undefined {
  const [, lines] = source.split("\n// Prints:\n");
  return lines?.replace(/^\/\/ ?/gm, "").trim();
}

describe("numbered examples", () => {
  it("are there, from the first call to tower's example", () => {
    expect(names.map((name) => name.slice(0, 2))).toEqual(
      expect.arrayContaining(["01", "02", "03", "04", "05", "06", "07"]),
    );
  });

  it.each(names)("%s has at most 60 lines and opens with its idea", (name) => {
    const lines = sourceOf(name).trimEnd().split("\n");
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(lines[0]).toMatch(/^\/\/ ./);
  });

  it.each(names.filter((name) => promised(sourceOf(name))))(
    "%s prints what it promises, and ends by itself",
    async (name) => {
      const program = `${folder}/dist/${name.replace(/\.ts$/, ".js")}`;
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { timeout: 30_000 });
      expect(stdout.trim()).toBe(promised(sourceOf(name)));
      expect(stderr).toBe("");
    },
  );
});
