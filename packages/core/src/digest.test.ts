import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { portableSha256, sha256 } from "./digest.ts";

describe("sha256", () => {
  it.each([
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  ])("of %j is what FIPS 180-4 says", (text, digest) => {
    expect(sha256(text)).toBe(digest);
    expect(portableSha256(text)).toBe(digest);
  });

  it("L4: of any text is that of its UTF-8 bytes, whichever code computes it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const digest = createHash("sha256").update(text, "utf8").digest("hex");
        expect(sha256(text)).toBe(digest);
        expect(portableSha256(text)).toBe(digest);
      }),
    );
  });
});
