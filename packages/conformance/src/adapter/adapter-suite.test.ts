import { describe, it } from "vitest";
import { joinAdapterSuite } from "./join-adapter-suite.ts";
import { plainFunctionDriver } from "./plain-function-driver.ts";

const excuses = [
  ...["generator-waits", "generator-settles", "generator-withheld"].map((id) => ({
    id,
    reason: "generator functions are refused; they are run with authorizer.stream",
  })),
  { id: "offer-unchanged", reason: "no model is told of a plain function" },
];

describe("plain functions", () => {
  for (const { name, run } of joinAdapterSuite(plainFunctionDriver, excuses)) it(name, run);
});
