/** Every package stands on the core alone: in its manifest, in its imports, and without a circle. */
import { builtinModules } from "node:module";
import { describe, expect, test } from "vitest";
import { arrows, circle, specifiers } from "../imports.ts";
import { core, nodeOnly, packages, read } from "../workspace.ts";

const allowed = (name: string): readonly string[] => core[name] ?? Object.keys(core);
const bare = (specifier: string) => specifier.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? specifier;

test("there are packages to look at", () => expect(packages.length).toBeGreaterThanOrEqual(5));

describe.each(packages)("$name", ({ name, folder, manifest, sources }) => {
  const source = (file: string) => read(folder, file);

  test("has sources behind an index", () => expect(sources).toContain("src/index.ts"));

  test("depends on the core only", () => {
    const dependencies = Object.keys(manifest.dependencies ?? {});
    expect(allowed(name)).toEqual(expect.arrayContaining(dependencies));
    const others = [manifest.devDependencies, manifest.peerDependencies, manifest.optionalDependencies];
    expect(others.flatMap((field) => Object.keys(field ?? {})).filter((other) => other.startsWith("@bal/"))).toEqual(
      [],
    );
  });

  test("declares what it imports, and imports only the core, its peers and, where it adapts Node, Node", () => {
    const outside = sources.flatMap((file) =>
      specifiers(source(file)).filter((specifier) => {
        if (specifier.startsWith(".")) return false;
        const isNode = specifier.startsWith("node:") || builtinModules.includes(bare(specifier));
        if (isNode && !manifest.peerDependencies?.[bare(specifier)]) return !nodeOnly.includes(name);
        const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
        return !(bare(specifier) in declared);
      }),
    );
    expect(outside).toEqual([]);
  });

  test("names its own files with their ending, and never an index", () => {
    const wrong = sources.flatMap((file) =>
      specifiers(source(file))
        .filter(
          (specifier) =>
            specifier.startsWith(".") && (!specifier.endsWith(".ts") || /(^|\/)index\.ts$/.test(specifier)),
        )
        .map((specifier) => `${file}: ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  test("has no circle, one of types included", () => expect(circle(arrows(sources, source))).toBeUndefined());

  test("has indexes that only re-export, by name", () => {
    for (const file of sources.filter((name) => name.endsWith("index.ts"))) {
      const statements = source(file)
        .replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")
        .split(";")
        .map((line) => line.trim());
      const other = statements.filter((line) => line !== "" && !/^export (type )?\{[^}]*\} from "\.[^"]*"$/.test(line));
      expect(other, file).toEqual([]);
    }
  });
});

test("the packages themselves form no circle", () => {
  const graph = new Map(packages.map(({ name, manifest }) => [name, Object.keys(manifest.dependencies ?? {})]));
  expect(circle(graph)).toBeUndefined();
});
