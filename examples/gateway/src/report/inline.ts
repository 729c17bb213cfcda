// Puts a page together out of its parts so that it needs no other file and no network.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export interface PageParts {
  readonly title: string;
  /** Names of files in assets/, without the theme that every page has. */
  readonly style: string;
  readonly script: string;
  readonly body: string;
  /** What the script finds as `bal.data`. */
  readonly data: unknown;
}

export function page({ title, style, script, body, data }: PageParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>
${library("uplot/dist/uPlot.min.css")}
${asset("theme.css")}
${asset(style)}
</style>
</head>
<body>
${body}
<script>
${library("uplot/dist/uPlot.iife.min.js")}
</script>
<script>
const bal = { data: ${json(data)} };
${asset("charts.js")}
${asset(script)}
</script>
</body>
</html>
`;
}

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON that cannot end the script it stands in. */
function json(data: unknown): string {
  return JSON.stringify(data).replaceAll("<", "\\u003c");
}

function asset(name: string): string {
  return readFileSync(new URL(`../../assets/${name}`, import.meta.url), "utf8");
}

function library(path: string): string {
  return readFileSync(require.resolve(path), "utf8");
}
