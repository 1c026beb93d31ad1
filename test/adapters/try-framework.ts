import { joinAdapterSuite } from "@ambit/conformance";
import { describe, it } from "vitest";
import { excusedCases, type JoinedFramework } from "./joined-framework.ts";

/** All cases, as tests, for each of the frameworks. */
export function tryFrameworks(frameworks: readonly JoinedFramework[]): void {
  for (const framework of frameworks) {
    describe(framework.name, () => {
      for (const { name, run } of joinAdapterSuite(framework.driver, excusedCases(framework))) it(name, run);
    });
  }
}
