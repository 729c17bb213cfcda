// `pnpm new:package NAME "what it is"`: lays out packages/NAME like its neighbours and ties it into the workspace.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./pnpm.mjs";

const [name, description] = process.argv.slice(2);
const folder = join(root, "packages", name ?? "");
if (!/^[a-z][a-z0-9-]*$/.test(name ?? "") || !description || existsSync(folder)) {
  console.error('usage: pnpm new:package NAME "What it is, in one sentence without a stop at its end"');
  console.error("NAME is in lower case and not yet a folder of packages/");
  process.exit(2);
}

const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
const readJson = (file) => JSON.parse(readFileSync(join(root, file), "utf8"));
const dependencies = ["errors", "service"];

// A neighbour says how a manifest looks; only what names the package differs.
const like = readJson("packages/least/package.json");
mkdirSync(join(folder, "src"), { recursive: true });
mkdirSync(join(folder, "test"));
writeFileSync(
  join(folder, "package.json"),
  json({
    ...like,
    name: `@bal/${name}`,
    version: "0.0.0",
    description,
    homepage: like.homepage.replace("/least", `/${name}`),
    repository: { ...like.repository, directory: `packages/${name}` },
    dependencies: Object.fromEntries(dependencies.map((core) => [`@bal/${core}`, "workspace:^"])),
  }),
);
writeFileSync(
  join(folder, "tsconfig.json"),
  json({ extends: "../../tsconfig.package.json", references: dependencies.map((core) => ({ path: `../${core}` })) }),
);
writeFileSync(join(folder, "test/tsconfig.json"), json({ extends: "../../../tsconfig.test.json", include: ["."] }));
writeFileSync(join(folder, "src/index.ts"), `// ${description}.\n`);
const parts = ["Smallest example", "API", "Errors", "How it works", "Writing your own"];
writeFileSync(
  join(folder, "README.md"),
  [`# @bal/${name}`, `${description}.`, "## Install", `\`\`\`sh\nnpm install @bal/${name}\n\`\`\``]
    .concat(parts.map((part) => `## ${part}`))
    .join("\n\n")
    .concat("\n"),
);
writeFileSync(
  join(root, `.changeset/new-${name}.md`),
  `---\n"@bal/${name}": minor\n---\n\nA new package: ${description[0].toLowerCase()}${description.slice(1)}.\n`,
);

const manifest = readJson("package.json");
manifest.devDependencies[`@bal/${name}`] = "workspace:*";
manifest.devDependencies = Object.fromEntries(
  Object.entries(manifest.devDependencies).sort(([a], [b]) => (a < b ? -1 : 1)),
);
writeFileSync(join(root, "package.json"), json(manifest));
const { references, ...rest } = readJson("tsconfig.json");
writeFileSync(
  join(root, "tsconfig.json"),
  json({ ...rest, references: [...references, { path: `packages/${name}` }] }),
);

console.log(
  `packages/${name} stands. Next: pnpm install; pnpm format; then CONTRIBUTING.md, "Adding a package", from step 2`,
);
