import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecordWriter } from "./record-text.ts";

describe("what is written for a record", () => {
  it("L4: does not depend on the records before it", () => {
    const name = fc.constantFrom("type", "a", "b", "hash", "issuer", "version", "zone", "\u202e");
    const records = fc.array(fc.dictionary(name, fc.constantFrom("a", 'b"', "\u202e", null, ["c"])), { maxLength: 40 });
    fc.assert(
      fc.property(records, (sequence) => {
        const writer = new RecordWriter();
        for (const record of sequence) expect(writer.write(record)).toEqual(new RecordWriter().write(record));
      }),
    );
  });
});
