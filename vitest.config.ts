/** How the tests run: against the sources, in projects for behaviour, types and the browser. */
import { existsSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";
import { LastLine } from "./tools/reporter/last-line.ts";

// Vite's own conditions, behind the one that names a package's sources.
const server = ["@bal/source", "module", "node", "development|production"];
const client = ["@bal/source", "module", "browser", "development|production"];
const chromium = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

const unit: TestProjectConfiguration = {
  extends: true,
  test: {
    name: "unit",
    include: [
      "packages/*/test/**/*.test.ts",
      "examples/**/*.test.ts",
      "bench/**/*.test.ts",
      "tools/*/test/**/*.test.ts",
    ],
    exclude: ["**/node_modules/**", "**/*.browser.test.ts"],
  },
};

const types: TestProjectConfiguration = {
  extends: true,
  test: {
    name: "types",
    include: [],
    typecheck: {
      enabled: true,
      only: true,
      checker: "tsc",
      tsconfig: "./tsconfig.test.json",
      include: ["packages/*/test/**/*.test-d.ts"],
    },
  },
};

const browser: TestProjectConfiguration = {
  extends: true,
  resolve: { conditions: client },
  test: {
    name: "browser",
    include: ["packages/*/test/**/*.browser.test.ts", "tools/*/test/**/*.browser.test.ts"],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          executablePath: chromium,
          args: [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
          ],
        },
      }),
      instances: [{ browser: "chromium" }],
    },
  },
};

export default defineConfig({
  resolve: { conditions: server },
  ssr: { resolve: { conditions: server } },
  test: {
    projects: [unit, types, ...(existsSync(chromium) ? [browser] : [])],
    reporters: [["default", { summary: false }], new LastLine()],
    passWithNoTests: false,
    testTimeout: 30_000,
  },
});
