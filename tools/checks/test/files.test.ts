/** Every file opens with its purpose, carries a name that says what is in it, and tells nothing of a machine. */
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { read, trackedFiles } from "../workspace.ts";

const files = trackedFiles();
const code = files.filter((file) => /\.(ts|tsx|mts|mjs|js)$/.test(file));

describe("files", () => {
  test("of code open with a line that says what they are for", () => {
    const silent = code.filter((file) => {
      const [first = "", second = ""] = read(file).split("\n");
      const opening = first.startsWith("#!") ? second : first;
      return (
        !/^\/\/ \S|^\/\*\* \S/.test(opening) &&
        !(opening === "/**" && /^#!/.test(first) === false && / \* \S/.test(second))
      );
    });
    expect(silent).toEqual([]);
  });

  test("are not named after nothing", () => {
    const vague = /^(utils?|common|helpers?|types|misc|shared)\.(ts|mjs|js)$/;
    expect(code.filter((file) => vague.test(basename(file)))).toEqual([]);
  });

  test("of packages stay short enough to read, comments aside", () => {
    const lines = (file: string) =>
      read(file)
        .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")
        .split("\n")
        .filter((line) => line.trim() !== "").length;
    // A contract suite is one file by intent: what it asks for stands in one place.
    const ours = code.filter((file) => /^packages\/[^/]+\/src\//.test(file) && !file.endsWith("-contract.ts"));
    const long = ours.filter((file) => lines(file) > 300);
    expect(long).toEqual([]);
  });

  test("name no folder of one machine and no registry's host", () => {
    // Written in pieces, so that this file does not name them either.
    const words = [
      "/(work|home|root|Users|farm)/[a-z.]",
      "/tmp/[a-z]",
      "registry\\.(npmjs|yarnpkg)",
      "npmmir" + "ror",
      "\\.\\./shared/",
    ];
    const traces = new RegExp(words.join("|"));
    const text = files.filter(
      (file) => !/\.(png|jpe?g|gif|ico|woff2?|tgz)$/.test(file) && file !== "tools/checks/test/files.test.ts",
    );
    const telling = text.flatMap((file) =>
      read(file)
        .split("\n")
        .flatMap((line, index) => (traces.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 120)}`] : [])),
    );
    expect(telling).toEqual([]);
  });
});
