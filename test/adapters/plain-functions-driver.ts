import { plainFunctionDriver } from "@ambit/conformance";
import type { JoinedFramework } from "./joined-framework.ts";

/** The functions that `authorizer.guard` guards. */
export const plainFunctionFrameworks: readonly JoinedFramework[] = [
  {
    name: "plain functions, `authorizer.guard`",
    installed: undefined,
    driver: plainFunctionDriver,
    excuses: [
      {
        ids: ["generator-waits", "generator-settles", "generator-withheld"],
        reason: "functions that yield are refused: `authorizer.stream` runs them",
      },
      { ids: ["approval-forged"], reason: "it has no approval of its own that a history could claim" },
      { ids: ["offer-unchanged"], reason: "no model is told of a plain function" },
    ],
  },
];
