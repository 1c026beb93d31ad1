import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkPolicy } from "@ambit/core";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const blocks = (path: string) => [...read(path).matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = ""]) => block);

const examples: readonly (readonly [string, readonly string[]])[] = [
  ["README.md", blocks("README.md")],
  ["docs/policy.md", blocks("docs/policy.md")],
  ["examples/approvals-ai-sdk/policy.yaml", [read("examples/approvals-ai-sdk/policy.yaml")]],
  ["examples/approvals-langchain/policy.yaml", [read("examples/approvals-langchain/policy.yaml")]],
  ["examples/sales-rep/policy.yaml", [read("examples/sales-rep/policy.yaml")]],
  ["packages/core/src/policy/fixtures/seed-policy.yaml", [read("packages/core/src/policy/fixtures/seed-policy.yaml")]],
];

it.each(examples)("nothing is to be said of the policies in %s", (file, texts) => {
  expect(texts.length).toBeGreaterThan(0);
  for (const text of texts) expect(checkPolicy(text, { file })).toEqual([]);
});
