import { describe, expect, it } from "vitest";
import { emailDomain } from "./email-domain.ts";

describe("the domain of one plain address", () => {
  it.each([
    ["jo@acme.com", "acme.com"],
    ["Jo.Doe+x@ACME.com", "acme.com"],
    ["o'neil_1@mail.acme.co.uk", "mail.acme.co.uk"],
    ["a@xn--bcher-kva.example", "xn--bcher-kva.example"],
    [`${"a".repeat(64)}@acme.com`, "acme.com"],
    [`a@${"b".repeat(63)}.com`, `${"b".repeat(63)}.com`],
  ])("%s has %s", (address, domain) => {
    expect(emailDomain(address)).toBe(domain);
  });

  it.each([
    ["no @", "acme.com"],
    ["two @", "evil@x.io@acme.com"],
    ["an @ in quotes", '"evil@x.io"@acme.com'],
    ["a display name", "Jo <jo@acme.com>"],
    ["a display name that is an address", "jo@acme.com <evil@x.io>"],
    ["angle brackets", "<jo@acme.com>"],
    ["a list", "evil@x.io,jo@acme.com"],
    ["a list with semicolons", "evil@x.io;jo@acme.com"],
    ["a comment", "jo@acme.com(evil)"],
    ["a comment before the domain", "jo@(evil.com)acme.com"],
    ["a line break", "jo@acme.com\nbcc: evil@x.io"],
    ["a line break at the end", "jo@acme.com\n"],
    ["a blank", "jo @acme.com"],
    ["a NUL", "jo@acme.com\0.evil.io"],
    ["a percent route", "evil%x.io@acme.com"],
    ["a bang path", "x.io!evil@acme.com"],
    ["a source route", "@x.io:jo@acme.com"],
    ["a leading hyphen", "-oQ/tmp@acme.com"],
    ["an empty local part", "@acme.com"],
    ["two dots in a row", "jo..doe@acme.com"],
    ["a dot at the end of the local part", "jo.@acme.com"],
    ["an empty domain", "jo@"],
    ["a trailing dot", "jo@acme.com."],
    ["a leading dot", "jo@.acme.com"],
    ["two dots in the domain", "jo@acme..com"],
    ["a single label", "jo@localhost"],
    ["an address literal", "jo@[127.0.0.1]"],
    ["an IP address", "jo@127.0.0.1"],
    ["an underscore in the domain", "jo@ac_me.com"],
    ["a hyphen at a label's end", "jo@acme-.com"],
    ["a reserved label", "jo@ab--cd.com"],
    ["a Cyrillic letter", "jo@аcme.com"],
    ["a dotless i", "jo@maıl.com"],
    ["the Kelvin sign, which folds to k", "jo@\u212Aacme.com"],
    ["a full-width dot", "jo@acme\uFF0Ecom"],
    ["a half-width ideographic full stop", "jo@acme\uFF61com"],
    ["a full-width at sign", "jo\uFF20acme.com"],
    ["a backslash", "jo\\@acme.com"],
    ["an escaped at sign", "jo%40evil.io@acme.com"],
    ["a tag character", "jo@acme.com\u{E0061}"],
    ["a right-to-left override", "jo@\u202Eacme.com"],
    ["a punycode label that only holds ASCII", "jo@xn--acme-.com"],
    ["an IPv6 literal", "jo@[IPv6:::1]"],
    ["a hexadecimal number", "jo@acme.0x7f"],
    ["an ideographic full stop", "jo@acme\u3002com"],
    ["a zero-width space", "jo@acme\u200B.com"],
    ["letters beyond ASCII in the local part", "jö@acme.com"],
    ["a label over 63 characters", `jo@${"b".repeat(64)}.com`],
    ["a local part over 64 characters", `${"a".repeat(65)}@acme.com`],
    ["an address over 254 characters", `jo@${"b.".repeat(130)}com`],
    ["nothing", ""],
  ])("%s is unknown: %j", (_, address) => {
    expect(emailDomain(address)).toBeUndefined();
  });
});
