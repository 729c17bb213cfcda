/** The lockfile works on every platform, on the oldest Node that `engines` promises, and with any registry. */
import { satisfies } from "semver";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { read } from "../workspace.ts";

interface Lockfile {
  readonly packages: Record<string, { engines?: { node?: string }; os?: string[] }>;
  readonly snapshots: Record<string, { optionalDependencies?: Record<string, string> }>;
}

const text = read("pnpm-lock.yaml");
// It may hold a document of pnpm's own in front.
const lockfile: Lockfile = parse(text.split(/^---$/m).at(-1) ?? "");
const manifest = JSON.parse(read("package.json"));

describe("the lockfile", () => {
  test("holds no URL, so that it serves behind any registry", () => {
    expect(text.match(/[a-z+]+:\/\/[^\s'"]+/g) ?? []).toEqual([]);
  });

  // Some registries serve only the binaries of their own platform, and pnpm then leaves out the others without a word.
  const native = Object.entries(lockfile.snapshots).filter(([, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).some((name) => name.includes("linux")),
  );

  test("knows the tools that are native", () => {
    const names = native.map(([key]) => key);
    for (const tool of ["turbo", "@biomejs/biome", "oxlint", "oxlint-tsgolint", "esbuild", "typescript"]) {
      expect(
        names.some((name) => name.startsWith(`${tool}@`)),
        tool,
      ).toBe(true);
    }
  });

  test.each(native)("has %s for Linux, macOS and Windows", (_, { optionalDependencies = {} }) => {
    const binaries = Object.keys(optionalDependencies);
    for (const platform of [
      /linux.*(x64|64)/,
      /linux.*arm64/,
      /darwin.*(x64|64)/,
      /darwin.*arm64/,
      /win(32|dows).*64/,
    ]) {
      expect(
        binaries.some((name) => platform.test(name)),
        `${platform} among ${binaries}`,
      ).toBe(true);
    }
  });

  test("has no package that refuses the oldest Node we promise", () => {
    expect(manifest.engines.node).toBe(">=20.19");
    const refusing = Object.entries(lockfile.packages)
      .filter(([, { engines }]) => engines?.node !== undefined && !satisfies("20.19.0", engines.node))
      .map(([name, { engines }]) => `${name} wants Node ${engines?.node}`);
    expect(refusing).toEqual([]);
  });
});
