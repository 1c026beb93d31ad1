import { expect, it } from "vitest";
import { z } from "zod";
import { readCheckedYaml } from "./checked-yaml.ts";
import { PolicyError } from "./policy-error.ts";

const schema = z.strictObject({
  names: z.array(z.string()),
  kind: z.enum(["one", "two"]).optional(),
  free: z.unknown(),
});

it("a file of the right shape is read with the places of what is in it", () => {
  const { data, lineOf } = readCheckedYaml("names:\n  - a\n  - b\nfree: { x: [1] }\n", { file: "f.yaml", schema });
  expect(data).toEqual({ names: ["a", "b"], free: { x: [1] } });
  expect([lineOf(["names", 1]), lineOf(["free"])]).toEqual([3, 4]);
});

it.each([
  ["", 'f.yaml:1:1: error[missing_key]: the key "names" is missing'],
  [
    "names: [1]",
    "f.yaml:1:9: error[wrong_type]: this must be text\n  1 | names: [1]\n    |         ^\n  help: quote it",
  ],
  ["names: []\nkinds: one", 'f.yaml:2:1: error[unknown_key]: unknown key "kinds"'],
  ["names: []\nkinds: one", 'help: did you mean "kind"?'],
  ["names: []\nkind: three", 'f.yaml:2:7: error[invalid_value]: this is not one of "one", "two"'],
  ["names: [&a b]", "f.yaml:1:12: error[unsupported_yaml]: anchors are not accepted"],
  ["names: [", "f.yaml:1:9: error[syntax]"],
])("%j is refused at its place: %s", (text, message) => {
  expect(() => readCheckedYaml(text, { file: "f.yaml", schema })).toThrow(PolicyError);
  expect(() => readCheckedYaml(text, { file: "f.yaml", schema })).toThrow(message);
});
