import { describe, expect, it } from "vitest";
import { parseApprovalRow } from "./checked-row.ts";

const row = { partition: "acme", key: "k", owner: "o", version: "v", expiresAt: 7, text: "{}" };

function without(name: keyof typeof row): Partial<typeof row> {
  return Object.fromEntries(Object.entries(row).filter(([member]) => member !== name));
}

describe("A5: the JSON that a store keeps of a row", () => {
  it("gives the members of a row, and nothing beside them", () => {
    expect(parseApprovalRow(JSON.stringify({ ...row, approved: true }))).toStrictEqual(row);
  });

  it.each([{}, { partition: "globex" }, { partition: 1 }])(
    "is of the partition that is known, whatever it says of it itself: %j",
    (said) => {
      const json = JSON.stringify({ ...without("partition"), ...said });
      expect(parseApprovalRow(json, { partition: "acme" })).toStrictEqual(row);
    },
  );

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["an object that is no text", row],
    ["what no text can be made of", Object.create(null)],
    ["no JSON", JSON.stringify(row).slice(1)],
    ["JSON of null", "null"],
    ["JSON of a text", '"row"'],
    ["JSON of members that would be inherited", `{"__proto__":${JSON.stringify(row)}}`],
    ["JSON of a list", JSON.stringify([row])],
    ...(["partition", "key", "owner", "version", "expiresAt", "text"] as const).flatMap((name): [string, string][] => [
      [`a row without ${name}`, JSON.stringify(without(name))],
      [`a row of another ${name}`, JSON.stringify({ ...row, [name]: name === "expiresAt" ? "7" : 7 })],
    ]),
  ])("is no row where it is %s", (_, json) => {
    expect(parseApprovalRow(json)).toBeUndefined();
  });
});
