/** Every code block of the READMEs, the docs and the docstrings compiles, runs, and prints what the text says. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "node:util";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { packages, read, root } from "../../checks/workspace.ts";
import { fromDocstrings, fromMarkdown } from "../extract.ts";

const markdown = (folder: string) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder)).flatMap((name) =>
        name.endsWith(".md") && name !== "CHANGELOG.md" ? [join(folder, name)] : [],
      )
    : [];

const texts = [".", "docs", "examples", ...packages.map(({ folder }) => folder)].flatMap(markdown);
const sources = packages.flatMap(({ folder, sources }) => sources.map((file) => `${folder}/${file}`));
const snippets = [
  ...texts.flatMap((file) => fromMarkdown(file, read(file))),
  ...sources.flatMap((file) => fromDocstrings(file, read(file))),
].map((snippet) => ({ ...snippet, file: `${snippet.place.replace(/[^\w]+/g, "-")}.ts` }));

// Below the workspace, so that the packages resolve; one folder a run, so that runs side by side do not meet.
const out = join(root, "tools/snippets/.out", String(process.pid));
mkdirSync(out, { recursive: true });
afterAll(() => rmSync(out, { recursive: true, force: true }));
for (const { file, code, place } of snippets) writeFileSync(join(out, file), `// ${place}\n${code}\nexport {};\n`);
writeFileSync(
  join(out, "tsconfig.json"),
  JSON.stringify({
    extends: join(root, "tsconfig.test.json"),
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
    include: ["*.ts"],
    exclude: [],
  }),
);

test("there are blocks to run, and few that cannot be", () => {
  expect(snippets.filter(({ runs }) => runs).length).toBeGreaterThan(5);
  expect(snippets.filter(({ runs }) => !runs).length).toBeLessThanOrEqual(snippets.length / 5);
});

test("every block compiles", () => {
  const compile = () =>
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", out, "--pretty", "false"], {
      encoding: "utf8",
    });
  let errors = "";
  try {
    compile();
  } catch (error) {
    errors = (error as { stdout: string }).stdout;
  }
  expect(errors).toBe("");
});

describe("a block prints what the text says", () => {
  afterEach(() => vi.restoreAllMocks());

  test.each(snippets.filter(({ runs }) => runs))("$place", async ({ file, prints }) => {
    const printed: string[] = [];
    const capture = (...values: unknown[]) => void printed.push(...format(...values).split("\n"));
    for (const method of ["log", "info", "error", "warn"] as const)
      vi.spyOn(console, method).mockImplementation(capture);
    await import(join(out, file));
    if (prints) expect(printed.join("\n").trimEnd()).toBe(prints.join("\n").trimEnd());
  });
});
