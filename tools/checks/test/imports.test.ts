/** The parts that the checks stand on find what they look for. */
import { describe, expect, test } from "vitest";
import { arrows, circle, specifiers } from "../imports.ts";

const graph = (edges: Record<string, string[]>) => new Map(Object.entries(edges));

describe("specifiers", () => {
  test("names every way in which a module can be reached, types included", () => {
    const code = `
      import a from "a"; import type { B } from "b"; import "c"; export * from "d"; export { e } from "e";
      export type { F } from "f"; type G = import("g").G; const h = import("h");
      // import no from "comment"
      const text = 'import no from "string"';`;
    expect(specifiers(code)).toEqual(["a", "b", "c", "d", "e", "f", "g", "h"]);
  });

  test("reads private fields, satisfies and generics", () => {
    expect(specifiers(`class A<T> { #a = 1 satisfies number; get a(): T { return this.#a as T; } }`)).toEqual([]);
  });
});

describe("circle", () => {
  test("is found across any number of files, and told in order", () => {
    expect(circle(graph({ a: ["b"], b: ["c"], c: ["d", "b"], d: [] }))).toEqual(["b", "c", "b"]);
  });

  test("is found when a file names itself", () => expect(circle(graph({ a: ["a"] }))).toEqual(["a", "a"]));

  test("is not seen where two ways lead to one file", () => {
    expect(circle(graph({ a: ["b", "c"], b: ["d"], c: ["d"], d: [] }))).toBeUndefined();
  });

  test("counts arrows that carry types only", () => {
    const files = {
      "src/a.ts": `import type { B } from "./b/b.ts";`,
      "src/b/b.ts": `export type { A } from "../a.ts";`,
    };
    const found = circle(arrows(Object.keys(files), (file) => files[file as keyof typeof files]));
    expect(found).toEqual(["src/a.ts", "src/b/b.ts", "src/a.ts"]);
  });
});
