// Which names are asked for, one after the other, until one has an answer.

import { readFile } from "node:fs/promises";

/** As resolv.conf(5) has it: a short name in each domain first, a long one as it is first. */
export function candidates(name: string, search: readonly string[], ndots: number): readonly string[] {
  if (name.endsWith(".")) return [name.slice(0, -1)];
  const inDomains = search.map((domain) => `${name}.${domain.replace(/^\.|\.$/g, "")}`);
  const dots = name.split(".").length - 1;
  return dots < ndots ? [...inDomains, name] : [name, ...inDomains];
}

/** The addresses that a hosts file gives a name; none where the file cannot be read. */
export async function inHostsFile(path: string, name: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    return [];
  }
  const wanted = name.replace(/\.$/, "").toLowerCase();
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim().split(/\s+/));
  const found = lines.filter(([, ...names]) => names.some((known) => known.toLowerCase() === wanted));
  return [...new Set(found.map(([address]) => address as string))];
}
