/** Finds the code blocks of READMEs and of `@example` in docstrings, with what each says it prints. */

export interface Snippet {
  /** The file it stands in and the line of its first line of code, as editors link to it. */
  readonly place: string;
  readonly code: string;
  /** The lines it is to print, where the text says so. */
  readonly prints: readonly string[] | undefined;
  /** False for a block marked "no-run", which is only type-checked. */
  readonly runs: boolean;
}

interface Fence {
  readonly language: string;
  readonly marks: readonly string[];
  readonly lines: readonly string[];
  readonly line: number;
}

const languages = new Set(["ts", "js", "typescript", "javascript"]);
const arrow = /^(?<code>.*?)\s*\/\/ → (?<value>.*)$/;

function fences(text: string, firstLine = 1): Fence[] {
  const found: Fence[] = [];
  let open: { language: string; marks: string[]; lines: string[]; line: number } | undefined;
  text.split("\n").forEach((line, index) => {
    const fence = line.match(/^\s*```(.*)$/);
    if (!fence) open?.lines.push(line);
    else if (open) {
      found.push(open);
      open = undefined;
    } else {
      const [language = "", ...marks] = (fence[1] ?? "").trim().split(/[\s,]+/);
      open = { language, marks, lines: [], line: firstLine + index + 1 };
    }
  });
  return found;
}

/** Makes a line that ends in "// → value" print that value, whatever statement stands before it. */
function printing(line: string): { line: string; value?: string } {
  const found = line.match(arrow)?.groups as { code: string; value: string } | undefined;
  if (!found) return { line };
  const { code, value } = found;
  const declared = code.match(/^\s*(?:const|let) (\w+)\b.*;$/)?.[1];
  if (declared) return { line: `${code} console.log(${declared});`, value };
  // A line that prints by itself, or an arrow alone: one more line of what was printed.
  if (code === "" || /\bconsole\.log\(/.test(code)) return { line, value };
  return { line: `console.log(${code.trim().replace(/;$/, "")});`, value };
}

function snippets(file: string, blocks: readonly Fence[]): Snippet[] {
  const found: Snippet[] = [];
  blocks.forEach((block, index) => {
    if (!languages.has(block.language)) return;
    const lines = block.lines.map(printing);
    const values = lines.flatMap(({ value }) => (value === undefined ? [] : [value]));
    const next = blocks[index + 1];
    const own = values.length > 0 ? values : next?.language === "text" ? next.lines : undefined;
    const before = block.marks.includes("continued") ? found.at(-1) : undefined;
    found.push({
      place: `${file}:${block.line}`,
      code: `${before ? `${before.code}\n` : ""}${lines.map(({ line }) => line).join("\n")}`,
      prints: before?.prints || own ? [...(before?.prints ?? []), ...(own ?? [])] : undefined,
      runs: !block.marks.includes("no-run") && before?.runs !== false,
    });
  });
  return found;
}

/** The blocks of a Markdown file. */
export function fromMarkdown(file: string, text: string): Snippet[] {
  return snippets(file, fences(text));
}

/** The blocks below each `@example` of a source; without a fence all of its lines are code. */
export function fromDocstrings(file: string, text: string): Snippet[] {
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) => {
    const firstLine = text.slice(0, comment.index).split("\n").length;
    const lines = comment[0].replace(/^\/\*\*|\*\/$/g, "").split("\n");
    const plain = lines.map((line) => line.replace(/^\s*\* ?/, ""));
    const starts = plain.flatMap((line, index) => (/^@example\b/.test(line.trim()) ? [index] : []));
    return starts.flatMap((start) => {
      const end = plain.findIndex((line, index) => index > start && /^@\w/.test(line.trim()));
      const body = plain.slice(start + 1, end === -1 ? undefined : end);
      const fenced = fences(body.join("\n"), firstLine + start + 1);
      if (fenced.length > 0) return snippets(file, fenced);
      return snippets(file, [{ language: "ts", marks: [], lines: body, line: firstLine + start + 1 }]);
    });
  });
}
