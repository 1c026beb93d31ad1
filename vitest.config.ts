import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export.
export default defineConfig({
  test: {
    include: ["packages/**/src/**/*.test.ts", "examples/**/src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    // Nothing that a test runs, or starts, tells anybody of it.
    env: { MASTRA_TELEMETRY_DISABLED: "1" },
    // Many tests wait for processes and servers, so that on two cores one worker would leave one of them idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Tests that start processes wait for them; none asserts a time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
