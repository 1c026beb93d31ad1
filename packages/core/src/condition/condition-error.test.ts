import { describe, expect, it } from "vitest";
import { compileCondition } from "./compile-condition.ts";
import { ConditionError } from "./condition-error.ts";

const schema = {
  type: "object",
  additionalProperties: false,
  properties: {
    amount: { type: "number" },
    count: { type: "integer" },
    to: { type: "array", items: { type: "string" } },
    note: { type: ["string", "null"] },
    currency: { enum: ["USD", "EUR"] },
    any: {},
    address: { type: "object", properties: { city: { type: "string" } }, additionalProperties: false },
  },
};

function refusal(text: string): ConditionError {
  try {
    compileCondition(text, { args: schema });
  } catch (error) {
    if (error instanceof ConditionError) return error;
    throw error;
  }
  throw new Error(`compiled: ${text}`);
}

/** The text with `^` under the part that is refused. */
const underline = ({ offset, length }: ConditionError) => " ".repeat(offset) + "^".repeat(length);

describe("a broken condition is refused with the place of the fault", () => {
  it.each([
    ["args.amuont < 100", "     ^^^^^^", "unknown_property", "Did you mean `amount`?"],
    ["args.address.town == 'x'", "             ^^^^", "unknown_property", "There are: city."],
    ["args['amuont'] < 100", "     ^^^^^^^^", "unknown_property", "Did you mean `amount`?"],
    ["has(args.amuont)", "         ^^^^^^", "unknown_property", "Did you mean `amount`?"],
    ["arg.amount < 100", "^^^", "unknown_name", "Did you mean `args`?"],
    ["subject.role == 'x'", "        ^^^^", "unknown_property", "Did you mean `roles`?"],
    ["!has(session.labels)", "             ^^^^^^", "unknown_property", "There are: id."],
    ["args.to.all(t, t.endswith('x'))", "                 ^^^^^^^^", "unknown_function", "Did you mean `endsWith`?"],
    ["contains(args.note, 'x')", "^^^^^^^^", "unknown_function", "Write value.contains(…)."],
    ["args.note.emailDomain() == 'x'", "          ^^^^^^^^^^^", "unknown_function", "Write emailDomain(…)."],
    ["args.note.contains()", "          ^^^^^^^^", "wrong_arguments", undefined],
    ["args.note.matches('a+')", "          ^^^^^^^", "unsupported", expect.stringContaining("glob")],
    ["args.amount < '100'", "^^^^^^^^^^^^^^^^^^^", "type_mismatch", undefined],
    ["args.to == 'a'", "^^^^^^^^^^^^^^", "type_mismatch", "Ask whether it is `in` the list."],
    ["1 in args.to", "^^^^^^^^^^^^", "type_mismatch", undefined],
    ["args.currency > 1", "^^^^^^^^^^^^^^^^^", "type_mismatch", undefined],
    ["args.to.city == 'x'", "        ^^^^", "type_mismatch", expect.stringContaining(".all(item, …)")],
    ["args.note.all(n, true)", "^^^^^^^^^", "type_mismatch", undefined],
    ["args.to.all(t, t)", "               ^", "type_mismatch", undefined],
    ["args.count + 1", "^^^^^^^^^^^^^^", "type_mismatch", undefined],
    ["args.count + 0.5 > 1.0", "^^^^^^^^^^^^^^^^", "type_mismatch", expect.stringContaining("double(…)")],
    ["args.amount * 1.5 > 1.0", "^^^^^^^^^^^", "type_mismatch", "Write double(…) around it."],
    ["!args.count", " ^^^^^^^^^^", "type_mismatch", undefined],
    ["-args.note == 1", " ^^^^^^^^^", "type_mismatch", undefined],
    ["args.to[0] == 1", "^^^^^^^^^^^^^^^", "type_mismatch", undefined],
    ["args.to['x'] == 'a'", "        ^^^", "type_mismatch", undefined],
    ["args.any && args.count", "            ^^^^^^^^^^", "type_mismatch", undefined],
    ["ipInRange(args.note, '10.0.0.1/8')", "                     ^^^^^^^^^^^^", "invalid_argument", undefined],
    ["glob('[a]*', args.note)", "     ^^^^^^", "invalid_argument", undefined],
    ["pathInside(args.note, 'srv/x')", "                      ^^^^^^^", "invalid_argument", undefined],
    ["now.getHours('Mars/Olympus') > 1", "             ^^^^^^^^^^^^^^", "invalid_argument", undefined],
    ["now.getHours(args.note) > 1", "             ^^^^^^^^^", "invalid_argument", undefined],
    [
      "now > timestamp('2026-02-30T00:00:00Z')",
      "      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
      "invalid_argument",
      undefined,
    ],
    ["args.to.all(args, true)", "            ^^^^", "syntax", "Choose another name."],
    ["args.to.all(t, args.to.all(t, true))", "                           ^", "syntax", "Choose another name."],
    ["args.to.all(t)", "        ^^^", "wrong_arguments", "Write all(item, …)."],
    ["args.to.all(1, true)", "            ^", "syntax", undefined],
    ["args.to.all(args.to, true)", "                 ^^", "syntax", undefined],
    ["args.to.all(`t`, true)", "            ^", "syntax", expect.stringContaining("Backticks")],
    ["args.to.all(i, t, t == 'x')", "        ^^^", "wrong_arguments", "Write all(item, …)."],
    ["has(args)", "^^^", "wrong_arguments", "Write has(args.field)."],
    ["args.amount = 1", "            ^", "syntax", "Compare with `==`."],
    ["args.note == 'a' & true", "                 ^", "syntax", "Write `&&`."],
    ["args.note == 'a", "             ^", "syntax", expect.stringContaining("Close it")],
    ["args.note == 'a\nb'", "               ^", "syntax", expect.stringContaining("triple")],
    ["args.note == '''a", "             ^^^", "syntax", expect.stringContaining("Close it")],
    ["args.note == '\\d'", "              ^^", "syntax", expect.stringContaining("raw string")],
    ["args.note == '\\ud800'", "              ^^^^^^", "syntax", expect.anything()],
    ["args.note == r'\\' + '", "                    ^", "syntax", expect.stringContaining("Close it")],
    ["args.note == b'a'", "             ^^^^", "unsupported", expect.anything()],
    ["args.note == b'é'", "             ^^^^", "unsupported", expect.anything()],
    ["args.note == br'a'", "               ^", "syntax", undefined],
    ["args.count < 10u", "             ^^^", "unsupported", "Leave out the `u`."],
    ["args.count < 10px", "               ^^", "syntax", undefined],
    ["args.count < 0x", "             ^^", "syntax", undefined],
    ["args.count < 1e", "              ^", "syntax", undefined],
    ["args.count < 9223372036854775808", "             ^^^^^^^^^^^^^^^^^^^", "syntax", undefined],
    ["args.count < -9223372036854775809", "             ^^^^^^^^^^^^^^^^^^^^", "syntax", undefined],
    ["args.count < 99999999999999999999u", "             ^^^^^^^^^^^^^^^^^^^^^", "syntax", undefined],
    ["args.amount < 1e999", "              ^^^^^", "syntax", undefined],
    ["args.amount < .5e999", "              ^^^^^^", "syntax", undefined],
    ["args.amount.5 < 1", "            ^", "syntax", undefined],
    ["args.any and true", "         ^^^", "syntax", "Write `&&`."],
    ["args.any OR true", "         ^^", "syntax", "Write `||`."],
    ["not args.any", "^^^", "syntax", "Write `!(…)`."],
    ["args.currency not in ['USD']", "              ^^^", "syntax", "Write `!(…)`."],
    ["args.count === 1", "             ^", "syntax", "Compare with `==`."],
    ["args.in == 1", "     ^^", "syntax", 'Write ["in"] without the dot.'],
    ["args`any`", "    ^", "syntax", expect.stringContaining("Backticks")],
    ["args.`any`x", "     ^", "syntax", expect.stringContaining("Backticks")],
    ["args.count > .5.5", "             ^", "syntax", undefined],
    ["true ? true ? true : false : true", "       ^^^^^^^^^^^^^^^^^^^", "syntax", "Put it in parentheses."],
    ["args.any | true", "         ^", "syntax", "Write `||`."],
    ["args.any == args.count < 1", "^^^^^^^^^^^^^^^^^^^^^^^^^^", "unsupported", expect.stringContaining("parentheses")],
    ["(args.any) != (args.count) < 1", "^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^", "unsupported", expect.anything()],
    ["`args`.count == 1", "^", "syntax", expect.stringContaining("Backticks")],
    ["args.`amuont` < 100", "     ^^^^^^^^", "unknown_property", "Did you mean `amount`?"],
    ["args.to.`size`() == 1", "        ^^^^^^", "syntax", undefined],
    ["args.any // or\r&& true", "              ^", "syntax", "End lines with a line feed."],
    ["(args.count) + (args.note) > 1", "^^^^^^^^^^^^^^^^^^^^^^^^^^", "type_mismatch", undefined],
    [
      "args.note.contains(((args.to)[0]).size())",
      "                   ^^^^^^^^^^^^^^^^^^^^^",
      "type_mismatch",
      undefined,
    ],
    ["[1, 2 == 2", "          ^", "syntax", undefined],
    ["{'a' 1}", "     ^", "syntax", undefined],
    ["args.count == 1 args", "                ^^^^", "syntax", undefined],
    ["args.to /* x */ == []", "         ^", "syntax", undefined],
    ["prototype.x == 1", "^^^^^^^^^", "syntax", undefined],
    ["args.count <", "            ^", "syntax", undefined],
    ["(args.count < 1", "               ^", "syntax", undefined],
    ["args.count < 1)", "              ^", "syntax", undefined],
    ["args.count < if", "             ^^", "syntax", undefined],
    ["args.?count == 1", "     ^", "syntax", undefined],
    ["{null: 1}.size() == 1", " ^^^^", "type_mismatch", undefined],
    ["", "^", "syntax", undefined],
  ])("%s", (text, place, code, help) => {
    const error = refusal(text);
    expect({ code: error.code, place: underline(error), help: error.help }).toEqual({ code, place, help });
    expect(error.message).toMatch(/^[^\n]{10,200}[.]$/s);
  });
});

describe("a message shows nothing that could do something to a terminal", () => {
  it.each([
    ["args.count == \u001b[31m1", "U+001B has no meaning here."],
    ["args.count == \u202e1", "U+202E has no meaning here."],
    ["args.count é 1", "`é` has no meaning here."],
    ["args.count '\\x1b[31m'", "Here text stands, where an operator or the end is wanted."],
  ])("%j", (text, message) => {
    expect(refusal(text).message).toBe(message);
  });
});

describe("the size of a condition is limited", () => {
  const nested = (depth: number) => `${"(".repeat(depth)}true${")".repeat(depth)}`;

  it.each([
    ["32 levels of parentheses", nested(32), undefined],
    ["33 levels of parentheses", nested(33), "too_deep"],
    ["33 signs", `${"!".repeat(33)}true`, "too_deep"],
    ["32 signs", `${"!".repeat(32)}true`, undefined],
    ["33 signs with comments between them", `${"!//-\n".repeat(33)}true`, "too_deep"],
    ["4,095 signs", `${"-".repeat(4095)}1`, "too_deep"],
    ["33 hyphens in a text and a comment", `"${"-".repeat(33)}" != "" // ${"-".repeat(33)}`, undefined],
    ["33 brackets in a text and a comment", `"${"(".repeat(33)}" != "" // ${"(".repeat(33)}`, undefined],
    ["4,096 parentheses", "(".repeat(4096), "too_deep"],
    ["32 indexes in each other", `${"args[".repeat(32)}"x"${"]".repeat(32)} == 1`, undefined],
    ["100 conditionals in a row", `${"true ? true : ".repeat(100)}true`, "too_deep"],
    ["819 conditionals in the middle of others", "true?".repeat(819), "too_deep"],
    ["100 fields in a row", `args${".a".repeat(100)} == 1`, "too_deep"],
    ["682 indexes that are never finished", "args[a".repeat(682), "too_deep"],
    ["a list nested 3,000 times", "[".repeat(3000), "too_deep"],
    ["1,000 nodes", Array.from({ length: 500 }, () => "true").join(" && "), undefined],
    ["1,001 nodes", `!${Array.from({ length: 501 }, () => "true").join("&&")}`, "too_complex"],
    ["4,096 characters", `"${"a".repeat(4086)}" == ""`, undefined],
    ["4,097 characters", `"${"a".repeat(4090)}" == "`, "too_long"],
    ["a megabyte", "(".repeat(1 << 20), "too_long"],
  ])("%s", (_, text, code) => {
    if (code === undefined) expect(compileCondition(text, {})).toBeDefined();
    else expect(refusal(text).code).toBe(code);
  });
});

describe("what a schema leaves open is not refused", () => {
  it.each([
    ["args.any.thing == 1", schema],
    ["args.any * args.any + 1 > 2", schema],
    ["-args.any - 1 > 2", schema],
    ["args.note == null || args.note == 'x'", schema],
    ["args.other == 1", { properties: { amount: { type: "number" } } }],
    ["args.other == 1", { type: "object", additionalProperties: true }],
    ["args.other == 'x'", { additionalProperties: { type: "string" }, properties: {} }],
    ["args.x.y == 1", { properties: { x: { $ref: "#/$defs/x" } } }],
    ["args.x == 1", { properties: { x: { anyOf: [{ type: "string" }, { type: "integer" }] } } }],
    ["args.x_1 == 1", { properties: {}, patternProperties: { "^x_": {} }, additionalProperties: false }],
    ["args.x == 1", { properties: { x: { type: "unheard-of" } } }],
    ["args.x == 1", { properties: { x: true } }],
    ["args.x == 1", { type: "array" }],
  ])("%s", (text, args) => {
    expect(compileCondition(text, { args }).constant).toBeUndefined();
  });
});
