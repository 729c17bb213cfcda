/** Runs bundled modules in pages of a real browser and returns what each printed. */
import { chromium } from "playwright-core";

export interface Page {
  /** The lines printed; null where a line held something other than text, numbers and the like. */
  readonly lines: readonly (string | null)[];
  readonly errors: readonly string[];
}

/** Runs the module in a page of its own, until it has ended or five seconds are over. */
export async function inPages(executablePath: string, modules: readonly string[]): Promise<Page[]> {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  const browser = await chromium.launch({ executablePath, args });
  try {
    const pages: Page[] = [];
    for (const code of modules) {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(`${error.stack ?? error}`));
      const recorder = `
        globalThis.lines = [];
        const plain = (value) => (typeof value === "object" && value !== null) || typeof value === "function" ? undefined : String(value);
        console.log = (...values) => {
          const texts = values.map(plain);
          if (texts.includes(undefined)) lines.push(null);
          else lines.push(...texts.join(" ").split("\\n"));
        };`;
      const finished = "globalThis.finished = true;";
      const text = `${recorder}\n`.replaceAll("</script", "<\\/script");
      const body = `${code}\n${finished}`.replaceAll("</script", "<\\/script");
      await page.setContent(`<!doctype html><script>${text}</script><script type="module">${body}</script>`);
      await page
        .waitForFunction("globalThis.finished", undefined, { timeout: 5_000 })
        .catch(() => errors.push("it did not end"));
      pages.push({ lines: (await page.evaluate("globalThis.lines")) as (string | null)[], errors });
      await page.close();
    }
    return pages;
  } finally {
    await browser.close();
  }
}
