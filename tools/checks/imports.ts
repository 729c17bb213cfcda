/** Which modules a TypeScript source names, types included, and where such arrows run in a circle. */
import { posix } from "node:path";
import { parseAst } from "vitest/node";

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

const naming = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
  "TSExternalModuleReference",
]);

/** Every specifier in the source: imports, re-exports, `import()`, and types written as `import("x")`. */
export function specifiers(code: string): string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
      return;
    }
    if (!isNode(value)) return;
    if (naming.has(value.type)) {
      const named = value.source ?? value.expression;
      if (isNode(named) && typeof named.value === "string") found.push(named.value);
    }
    for (const key of Object.keys(value)) visit(value[key]);
  };
  visit(parseAst(code, { lang: "ts", astType: "ts" }));
  return found;
}

export type Arrows = ReadonlyMap<string, readonly string[]>;

/** From each file to the files it names by a relative path. */
export function arrows(files: readonly string[], code: (file: string) => string): Arrows {
  return new Map(
    files.map((file) => [
      file,
      specifiers(code(file))
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => posix.join(posix.dirname(file), specifier)),
    ]),
  );
}

/** The first circle met on a walk along the arrows, as the files in order with the first repeated at the end. */
export function circle(graph: Arrows): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (file: string): string[] | undefined => {
    const at = path.indexOf(file);
    if (at !== -1) return [...path.slice(at), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      const found = walk(next);
      if (found) return found;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const found = walk(file);
    if (found) return found;
  }
  return undefined;
}
