import { describe, expect, it } from "vitest";
import { visibleJson } from "./visible-json.ts";

describe("A7: nothing of a value is hidden, and it reads back as the same", () => {
  it.each<[string, string, string]>([
    ["escape sequences", "\u001b[2J\u009b1m\u007f\b\r", "\\u001b[2J\\u009b1m\\u007f\\b\\r"],
    ["line breaks", "a\nb\u0085c\u2028d\u2029e", "a\\nb\\u0085c\\u2028d\\u2029e"],
    ["other spaces", "a\tb\u00a0c\u2003d\u3000e f", "a\\tb\\u00a0c\\u2003d\\u3000e f"],
    ["direction marks", "a\u202eb\u2066c\u200fd\u061ce", "a\\u202eb\\u2066c\\u200fd\\u061ce"],
    ["zero width", "a\u200bb\u200dc\u2060d\ufeffe\u00adf\u034fg", "a\\u200bb\\u200dc\\u2060d\\ufeffe\\u00adf\\u034fg"],
    ["tags", "a\u{e0041}b\u{e007f}", "a\\udb40\\udc41b\\udb40\\udc7f"],
    ["selectors that carry data", "a\ufe0fb\u{e0101}c\u180bd", "a\\ufe0fb\\udb40\\udd01c\\u180bd"],
    ["fillers", "a\u3164b\u115fc\u1160d\uffa0e\u2800f", "a\\u3164b\\u115fc\\u1160d\\uffa0e\\u2800f"],
    ["private and unassigned", "a\ue000b\u0378c\u{f0000}", "a\\ue000b\\u0378c\\udb80\\udc00"],
    ["half a character", "a\ud800b", "a\\ud800b"],
    ["what looks like an escape", 'a\\u202eb"c', 'a\\\\u202eb\\"c'],
    ["what can be seen", "Größe e\u0301 日本 🙂", "Größe e\u0301 日本 🙂"],
  ])("%s", (_name, text, shown) => {
    expect(visibleJson(text)).toBe(`"${shown}"`);
    const value = { [text]: [{ deep: text }, 1, null] };
    expect(JSON.parse(visibleJson(value))).toEqual(value);
    expect(JSON.parse(visibleJson(value, 2))).toEqual(value);
  });
});
