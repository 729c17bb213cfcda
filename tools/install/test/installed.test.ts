/** The packages work for those who install them: alone, together, from every language and resolution, in a page. */
import { existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, transform } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import { core, nodeOnly, packages, read, root } from "../../checks/workspace.ts";
import { fromMarkdown } from "../../snippets/extract.ts";
import { inPages } from "../pages.ts";
import { install, installed, packAll, peersOf, run, type Tarballs, temporaryFolder } from "../tarballs.ts";

const folder = temporaryFolder();
const together = join(folder, "together");
const alone = (name: string) => join(folder, `alone-${name.replace("@bal/", "")}`);
const short = (name: string) => name.replace("@bal/", "");

const entries = packages.flatMap(({ name, manifest }) =>
  Object.keys(manifest.exports)
    .filter((entry) => entry !== "./package.json")
    .map((entry) => ({ name, entry: entry === "." ? name : `${name}/${entry.slice(2)}` })),
);

/** The smallest example of each README, which a newcomer copies first. */
const examples = packages.map(({ name, folder }) => {
  const example = fromMarkdown(name, existsSync(join(root, folder, "README.md")) ? read(folder, "README.md") : "").find(
    ({ runs }) => runs,
  );
  const { code = "", prints = [] } = example ?? {};
  // One that starts a server of its own runs in Node alone, even if its package runs anywhere.
  return { name, code, prints, portable: !nodeOnly.includes(name) && !/ from "node:/.test(code) };
});

/** The same script with `require` in place of its imports, in a function for the sake of its awaits. */
function asCommonJs(script: string): string {
  const body = script.replace(
    /^import (?:\{([^}]*)\}|\* as (\w+)) from ("[^"]+");$/gm,
    (_, names: string | undefined, all: string, from: string) => {
      const bound = names === undefined ? all : `{${names.replaceAll(" as ", ": ")}}`;
      return `const ${bound} = require(${from});`;
    },
  );
  return `(async () => {\n${body}\n})();\n`;
}

let tarballs: Tarballs;

beforeAll(async () => {
  mkdirSync(join(folder, "tarballs"));
  tarballs = await packAll(join(folder, "tarballs"));
  const everything = [...new Set(packages.flatMap(({ name, manifest }) => [name, ...peersOf(manifest)]))];
  const jobs = [
    () => install(together, tarballs, everything, { "errors-again": "@bal/errors", "service-again": "@bal/service" }),
    ...packages.map(
      ({ name, manifest }) =>
        () =>
          install(alone(name), tarballs, [name, ...peersOf(manifest)]),
    ),
  ];
  const worker = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) await job();
  };
  await Promise.all([worker(), worker(), worker()]);
}, 300_000);

describe.each(packages)("$name alone", ({ name, manifest }) => {
  test("brings the core and nothing else", () => {
    const expected = [name, ...Object.keys(manifest.dependencies ?? {}), ...peersOf(manifest)];
    const own = name === "@bal/errors" ? [] : ["@bal/errors"];
    expect(installed(alone(name))).toEqual([...new Set([...expected, ...own])].sort());
    expect(installed(alone(name)).filter((found) => !(found in core) && !peersOf(manifest).includes(found))).toEqual(
      name in core ? [] : [name],
    );
  });

  test("is imported and required, with the same exports, and lets the process end", async () => {
    for (const { entry } of entries.filter((candidate) => candidate.name === name)) {
      const list =
        "console.log(JSON.stringify(Object.keys(it).filter((key) => key !== 'module.exports' && key !== '__esModule').sort()))";
      writeFileSync(join(alone(name), "import.mjs"), `import * as it from "${entry}";\n${list}\n`);
      writeFileSync(join(alone(name), "require.cjs"), `const it = require("${entry}");\n${list}\n`);
      const imported = await run(process.execPath, ["import.mjs"], alone(name), 20_000);
      const required = await run(process.execPath, ["require.cjs"], alone(name), 20_000);
      expect(imported, imported.stderr).toMatchObject({ code: 0 });
      expect(required, required.stderr).toMatchObject({ code: 0 });
      expect(JSON.parse(imported.stdout).length).toBeGreaterThan(0);
      expect(JSON.parse(required.stdout)).toEqual(JSON.parse(imported.stdout));
    }
  });
});

describe("all together", () => {
  test("stand side by side, each once", () => {
    const found = installed(together);
    expect(found).toEqual(expect.arrayContaining(packages.map(({ name }) => name)));
    // The second copies of the core, asked for under names of their own, may hold what they stand on.
    expect(found.filter((name) => name.includes(" > ") && !name.startsWith("service-again"))).toEqual([]);
  });

  test.each(examples)(
    "the smallest example of $name runs by import and by require, and ends by itself",
    async (example) => {
      const { name, code, prints } = example;
      expect(code).not.toBe("");
      const script = (await transform(code, { loader: "ts", format: "esm", target: "es2022" })).code;
      writeFileSync(join(together, `${short(name)}.mjs`), script);
      writeFileSync(join(together, `${short(name)}.cjs`), asCommonJs(script));
      for (const file of [`${short(name)}.mjs`, `${short(name)}.cjs`]) {
        const ran = await run(process.execPath, ["--unhandled-rejections=strict", file], together, 20_000);
        expect(ran, ran.stderr).toMatchObject({ code: 0 });
        expect(ran.stdout.trimEnd()).toBe(prints.join("\n").trimEnd());
      }
    },
  );

  test("two installed copies of the core get along", async () => {
    writeFileSync(
      join(together, "copies.mjs"),
      `import * as one from "@bal/errors";
       import * as other from "errors-again";
       import { concurrencyLimit, serviceFn } from "@bal/service";
       import { concurrencyLimit as limitAgain, serviceFn as fnAgain } from "service-again";
       const thrown = [concurrencyLimit, limitAgain].map((limit) => { try { limit(0); } catch (error) { return error; } });
       const known = [one, other].flatMap(({ isBalError }) => thrown.map((error) => isBalError(error, "BAL_INVALID_OPTION")));
       const answers = [concurrencyLimit(1)(fnAgain(async (n) => n + 1)), limitAgain(1)(serviceFn(async (n) => n + 1))].map((service) => service.call(1));
       console.log(JSON.stringify({ distinct: one.BalError !== other.BalError, known, answers: await Promise.all(answers) }));`,
    );
    const ran = await run(process.execPath, ["copies.mjs"], together, 20_000);
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(ran.stdout)).toEqual({ distinct: true, known: [true, true, true, true], answers: [2, 2] });
  });
});

describe("from TypeScript", () => {
  const compilers = { "5.4": "typescript-5.4", "7.0": "typescript" };
  const ways = Object.entries(compilers).flatMap(([version, compiler]) =>
    (["NodeNext", "Bundler"] as const).map((resolution) => ({ version, compiler, resolution })),
  );

  beforeAll(() => {
    const types = join(together, "types");
    mkdirSync(types);
    writeFileSync(join(together, "types/package.json"), JSON.stringify({ type: "module" }));
    mkdirSync(join(together, "node_modules/@types"));
    symlinkSync(
      realpathSync(join(root, "node_modules/@types/node")),
      join(together, "node_modules/@types/node"),
      "junction",
    );
    for (const portable of [true, false]) {
      const group = join(types, portable ? "portable" : "node");
      mkdirSync(group);
      for (const { name, code } of examples.filter((example) => example.portable === portable)) {
        writeFileSync(join(group, `${short(name)}.ts`), `${code}\nexport {};\n`);
      }
      const mine = entries.filter(({ name }) => nodeOnly.includes(name) !== portable);
      const all = mine.map(({ entry }, index) => `import * as it${index} from "${entry}";\nexport { it${index} };`);
      writeFileSync(join(group, "all.ts"), `${all.join("\n")}\n`);
    }
  });

  describe.each(ways)("$version with $resolution", ({ version, compiler, resolution }) => {
    const check = async (group: "portable" | "node") => {
      const config = `tsconfig.${group}.${resolution}.${version}.json`;
      const compilerOptions = {
        strict: true,
        noEmit: true,
        target: "ES2022",
        lib: ["ES2022", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
        module: resolution === "NodeNext" ? "NodeNext" : "ESNext",
        moduleResolution: resolution,
        // What Node's own types say is not ours to check; ours are, to the last line.
        skipLibCheck: group === "node",
        types: group === "node" ? ["node"] : [],
      };
      writeFileSync(join(together, "types", config), JSON.stringify({ compilerOptions, include: [group] }));
      const tsc = join(root, "tools/install/node_modules", compiler, "bin/tsc");
      return run(process.execPath, [tsc, "-p", config, "--pretty", "false"], join(together, "types"));
    };

    test("the declarations and the smallest examples compile", async () => {
      expect(await check("portable")).toEqual({ code: 0, stdout: "", stderr: "" });
    }, 120_000);

    test.runIf(nodeOnly.some((name) => packages.some((one) => one.name === name)))(
      "those for Node compile too",
      async () => {
        expect(await check("node")).toEqual({ code: 0, stdout: "", stderr: "" });
      },
      120_000,
    );
  });
});

describe("in a page", () => {
  const chromium = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

  test.runIf(existsSync(chromium))(
    "each smallest example, bundled, prints what it prints elsewhere",
    async () => {
      const portable = examples
        .filter(({ name }) => !nodeOnly.includes(name))
        .map((example) => {
          if (example.portable) return example;
          const code = `import * as it from "${example.name}";\nconsole.log(Object.keys(it).length > 0);`;
          return { ...example, code, prints: ["true"] };
        });
      const bundles = await Promise.all(
        portable.map(async ({ name, code }) => {
          const bundled = await build({
            stdin: { contents: code, loader: "ts", resolveDir: together, sourcefile: `${short(name)}.ts` },
            bundle: true,
            minify: true,
            write: false,
            format: "esm",
            platform: "browser",
            target: "es2022",
          });
          return bundled.outputFiles[0]?.text ?? "";
        }),
      );
      const pages = await inPages(chromium, bundles);
      portable.forEach(({ name, prints }, index) => {
        expect(pages[index]?.errors, name).toEqual([]);
        const { lines = [] } = pages[index] ?? {};
        if (!lines.includes(null)) expect(lines.join("\n").trimEnd(), name).toBe(prints.join("\n").trimEnd());
        expect(lines.length, name).toBeGreaterThan(0);
      });
    },
    120_000,
  );
});
