import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { policyJsonSchema } from "./policy-json-schema.ts";

it("the published schema is the one that policies are checked with", () => {
  const published = readFileSync(join(import.meta.dirname, "../../policy.schema.json"), "utf8");
  expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
});

it("editors learn that the file is closed, at every level", () => {
  const closed = JSON.stringify(policyJsonSchema()).match(/"additionalProperties":false/g) ?? [];
  expect(closed.length).toBeGreaterThanOrEqual(7);
});
