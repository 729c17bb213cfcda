/** Every package looks like its neighbours: manifest, compiler settings, README, CHANGELOG. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packages, read, root } from "../workspace.ts";

const sections = ["Install", "Smallest example", "API", "Errors", "How it works", "Writing your own"];

/** What `exports` says without the condition that names the sources: what npm gets. */
function published(exports: (typeof packages)[number]["manifest"]["exports"]) {
  return Object.fromEntries(
    Object.entries(exports).map(([entry, target]) => {
      if (typeof target === "string") return [entry, target];
      const { "@bal/source": _, ...rest } = target;
      return [entry, rest];
    }),
  );
}

describe.each(packages)("$name", ({ name, folder, manifest, sources }) => {
  const short = name.replace("@bal/", "");

  test("is ready to publish", () => {
    expect(manifest).toMatchObject({
      name: `@bal/${short}`,
      license: "MIT",
      type: "module",
      sideEffects: false,
      engines: { node: ">=20.19" },
      files: ["dist", "src", "!**/*.tsbuildinfo"],
      repository: { type: "git", directory: folder },
      publishConfig: { access: "public", provenance: true },
      scripts: { build: "tsc -b" },
    });
    expect(folder).toBe(`packages/${short}`);
    expect(manifest.private).toBeUndefined();
    expect(manifest.description.length).toBeGreaterThan(20);
  });

  test("offers each entry as source, types and code, and publishes it without the source", () => {
    const entries = Object.entries(manifest.exports);
    expect(manifest.exports["./package.json"]).toBe("./package.json");
    for (const [entry, target] of entries.filter(([key]) => key !== "./package.json")) {
      const index = entry === "." ? "index" : `${entry.slice(2)}/index`;
      expect(target, entry).toEqual({
        "@bal/source": `./src/${index}.ts`,
        types: `./dist/${index}.d.ts`,
        default: `./dist/${index}.js`,
      });
      expect(Object.keys(target), "conditions are tried in order").toEqual(["@bal/source", "types", "default"]);
      expect(sources).toContain(`src/${index}.ts`);
    }
    expect((manifest.publishConfig as { exports: unknown }).exports).toEqual(published(manifest.exports));
  });

  test("takes the core from the workspace, in a range that two packages can share", () => {
    for (const range of Object.values(manifest.dependencies ?? {})) expect(range).toBe("workspace:^");
  });

  test("compiles with the settings of all, and with a reference for each dependency", () => {
    const { extends: base, references = [] } = JSON.parse(read(folder, "tsconfig.json"));
    expect(base).toBe("../../tsconfig.package.json");
    const dependencies = Object.keys(manifest.dependencies ?? {}).map((key) => ({ path: key.replace("@bal/", "../") }));
    expect(references).toEqual(dependencies);
    const all = JSON.parse(read("tsconfig.json")).references;
    expect(all).toContainEqual({ path: folder });
  });

  test("has a README with its parts in order, none of them empty", () => {
    const readme = read(folder, "README.md");
    const [title, sentence] = readme.split("\n\n");
    expect(title).toBe(`# ${name}`);
    expect(sentence).toMatch(/^[A-Z@`].*\.$/s);
    const headings = [...readme.matchAll(/^## (.+)$/gm)].map((match) => match[1]);
    expect(headings.filter((heading) => sections.includes(heading ?? ""))).toEqual(sections);
    for (const part of readme.split(/^## /m).slice(1)) {
      expect(part.split("\n").slice(1).join("").trim().length, `"${part.split("\n")[0]}" of ${folder}`).toBeGreaterThan(
        20,
      );
    }
    const [, brought = ""] = readme.match(/^npm install (.+)$/m) ?? [];
    const example = readme.split(/^## /m).find((part) => part.startsWith("Smallest example"));
    // Each by name: not every package manager lets a program import what only its dependencies depend on.
    const imported = [...(example?.match(/```ts\n[\s\S]+?```/)?.[0] ?? "").matchAll(/ from "(@bal\/\w+)"/g)].map(
      (match) => match[1],
    );
    expect(brought.split(" ")).toEqual(expect.arrayContaining([name, ...imported]));
    expect(example, "a block of code with what it prints").toMatch(/```ts\n[\s\S]+```\n[\s\S]*```text\n/);
  });

  test("has a CHANGELOG written by changesets, of the version at hand, or else the changeset of its first", () => {
    if (manifest.version === "0.0.0") {
      const changesets = readdirSync(join(root, ".changeset")).map((file) => read(".changeset", file));
      expect(changesets.some((changeset) => changeset.includes(`"${name}": `))).toBe(true);
      return;
    }
    expect(existsSync(join(root, folder, "CHANGELOG.md"))).toBe(true);
    const changelog = read(folder, "CHANGELOG.md");
    expect(changelog.startsWith(`# ${name}\n`)).toBe(true);
    expect(changelog).toContain(`\n## ${manifest.version}\n`);
  });
});

test("the root README names every package", () => {
  const readme = read("README.md");
  for (const { name } of packages) expect(readme).toContain(name);
});
