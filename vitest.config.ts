import { defineConfig } from "vitest/config";

export default defineConfig({
  // Packages that are published with source maps but without the sources are no news.
  logLevel: "error",
  test: {
    // Property tests on a busy machine are slow, not stuck.
    testTimeout: 60_000,
    // Imports JSON without an import attribute, which only a bundler accepts.
    server: { deps: { inline: [/@actions\/workflow-parser/] } },
    include: [
      "src/**/*.test.ts",
      "test/unit/**/*.test.ts",
      "test/runner/**/*.test.ts",
      "test/github/**/*.test.ts",
      "test/vm/**/*.test.ts",
      "test/bench/**/*.test.ts",
      "test/docs/**/*.test.ts",
    ],
  },
});
