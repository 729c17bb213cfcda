/** The blocks are found where they stand, with what they are to print. */
import { expect, test } from "vitest";
import { fromDocstrings, fromMarkdown } from "../extract.ts";

const fence = "```";

test("a block prints what the text block after it says", () => {
  const text = `# a\n\n${fence}ts\nconsole.log(1);\n${fence}\n\nprints\n\n${fence}text\n1\n${fence}\n`;
  expect(fromMarkdown("a.md", text)).toEqual([{ place: "a.md:4", code: "console.log(1);", prints: ["1"], runs: true }]);
});

test("a block prints what the arrows at its ends of lines say", () => {
  const text = `${fence}ts\nconst a = f(1); // → 2\nawait a.b; // → 3\nconsole.log(4); // → 4\n${fence}\n`;
  const [snippet] = fromMarkdown("a.md", text);
  expect(snippet?.code).toBe("const a = f(1); console.log(a);\nconsole.log(await a.b);\nconsole.log(4); // → 4");
  expect(snippet?.prints).toEqual(["2", "3", "4"]);
});

test("a block marked as continued starts with those before it", () => {
  const text = `${fence}ts\nconst a = 1; // → 1\n${fence}\n${fence}ts continued\na + 1; // → 2\n${fence}\n`;
  expect(fromMarkdown("a.md", text)[1]).toMatchObject({
    code: "const a = 1; console.log(a);\nconsole.log(a + 1);",
    prints: ["1", "2"],
  });
});

test("a block marked no-run is not run, and one of another language is none", () => {
  const text = `${fence}ts no-run\nf();\n${fence}\n${fence}sh\nls\n${fence}\n`;
  expect(fromMarkdown("a.md", text)).toMatchObject([{ code: "f();", prints: undefined, runs: false }]);
});

test("an example of a docstring ends at the next tag, with a fence or without", () => {
  const text = `/** a */\n/**\n * Adds.\n * @example\n * f(1); // → 2\n * @returns a\n */\n/**\n * @example\n * ${fence}ts\n * g();\n * ${fence}\n */\n`;
  expect(fromDocstrings("a.ts", text)).toMatchObject([
    { place: "a.ts:5", code: "console.log(f(1));", prints: ["2"] },
    { place: "a.ts:11", code: "g();", prints: undefined },
  ]);
});

test("an arrow alone in its line is one more line of what is printed", () => {
  const text = `${fence}ts\nfor (const n of [1, 2]) console.log(n); // → 1\n// → 2\n${fence}\n`;
  expect(fromMarkdown("a.md", text)[0]?.prints).toEqual(["1", "2"]);
});
