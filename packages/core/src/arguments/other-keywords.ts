/** Keywords that only describe. */
export const annotations: ReadonlySet<string> = new Set([
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
  "$schema",
  "$comment",
]);

const condition = (example: string) => `write it as a condition: \`when: ${example}\``;
const writeOut = "write the schema out at each place where it is needed";
const eitherForm = "use `anyOf`, or write it as a condition: `when: ...`";
const listItems = `use \`items\` for what all items must be, or ${condition("args.point[0] > 0")}`;
const names = `name each one under \`properties\`, or ${condition('args.all(name, name.startsWith("x"))')}`;
const dependent = `use \`anyOf\` with \`required\`, or ${condition("!has(args.a) || has(args.b)")}`;

/** Keywords of JSON Schema that are refused, and what to do instead. */
export const refusedKeywords: ReadonlyMap<string, string> = new Map([
  ["pattern", condition('glob(args.name, "A-*")')],
  ["format", condition('emailDomain(args.to) == "example.com"')],
  ["contentEncoding", "remove it: it demands nothing of a value"],
  ["contentMediaType", "remove it: it demands nothing of a value"],
  ["contentSchema", "remove it: it demands nothing of a value"],
  ["$ref", writeOut],
  ["$defs", writeOut],
  ["definitions", writeOut],
  ["$dynamicRef", writeOut],
  ["$dynamicAnchor", writeOut],
  ["$recursiveRef", writeOut],
  ["$recursiveAnchor", writeOut],
  ["$anchor", writeOut],
  ["$id", "remove it: nothing refers to this schema"],
  ["id", "remove it: nothing refers to this schema"],
  ["$vocabulary", "remove it: the keywords of a policy are always the same"],
  ["oneOf", eitherForm],
  ["not", condition("args.amount != 0")],
  ["if", eitherForm],
  ["then", eitherForm],
  ["else", eitherForm],
  ["dependentRequired", dependent],
  ["dependentSchemas", dependent],
  ["dependencies", dependent],
  ["prefixItems", listItems],
  ["additionalItems", listItems],
  ["unevaluatedItems", listItems],
  ["contains", condition('args.to.exists(address, address == "a@example.com")')],
  ["minContains", condition('args.to.filter(address, glob(address, "*@example.com")).size() >= 2')],
  ["maxContains", condition('args.to.filter(address, glob(address, "*@example.com")).size() <= 2')],
  ["patternProperties", names],
  ["propertyNames", names],
  ["unevaluatedProperties", "use `additionalProperties`"],
  ["nullable", 'write `type: [string, "null"]`'],
  ["discriminator", eitherForm],
]);
