/** The last line of a run says what happened: a file that does not load and a stray rejection are failures too. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { run } from "../../install/tarballs.ts";
import { lastLine } from "../last-line.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
// Within the workspace, so that vitest is found; its folder is one that git and the other projects pass over.
mkdirSync(join(root, "tools/reporter/dist"), { recursive: true });
const folder = mkdtempSync(join(root, "tools/reporter/dist/run-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function vitest(files: Readonly<Record<string, string>>) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code);
  const reporter = join(root, "tools/reporter/last-line.ts");
  writeFileSync(
    join(folder, "vitest.config.ts"),
    `import { LastLine } from ${JSON.stringify(reporter)};
     export default { test: { reporters: [new LastLine()], include: ["*.test.ts"], exclude: [] } };`,
  );
  const program = [join(root, "node_modules/vitest/vitest.mjs"), "run", "--root", folder];
  const { BAL_TALLY: _, ...environment } = process.env;
  const { code, stdout } = await run(process.execPath, program, folder, 60_000, environment);
  return { code, last: stdout.trimEnd().split("\n").at(-1) };
}

const passing = `import { test } from "vitest"; test("a", () => {}); test("b", () => {});`;

test("figures stand in one plain line", () => {
  expect(lastLine({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
  expect(lastLine({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
});

test("a run of passing tests passes", async () => {
  expect(await vitest({ "a.test.ts": passing })).toEqual({ code: 0, last: "2 passed, 0 failed" });
});

test("a failing test, a file that does not load and a rejection that nobody handles each count as failed", async () => {
  const ran = await vitest({
    "a.test.ts": passing,
    "b.test.ts": `import { test } from "vitest"; test("c", () => { throw new Error("no"); });`,
    "c.test.ts": `import "./not-there.ts";`,
    "d.test.ts": `import { test } from "vitest"; test("d", async () => { void Promise.reject(new Error("stray")); });`,
  });
  expect(ran).toEqual({ code: 1, last: "3 passed, 3 failed" });
});
