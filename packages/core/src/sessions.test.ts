import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSessions, type SessionSecret, type SessionsOptions } from "./sessions.ts";

const now = 1_767_225_600_000;
const hour = 3_600_000;
const secret = "a secret of at least thirty-two bytes";
const subject = { tenant: "acme", issuer: "https://issuer.example", id: "auth0|1" };
const sessions = (options: Partial<SessionsOptions> = {}) =>
  createSessions({ secret, lifetime: hour, clock: () => now, ...options });

describe("a session's id", () => {
  it("says when the session ends, to who knows the secret, in a text that a context may hold", () => {
    const id = sessions().begin(subject);
    expect(id).toMatch(/^[A-Za-z0-9._-]{1,256}$/);
    expect(sessions().begin(subject)).not.toBe(id);
    expect(sessions().endOf(id, subject)).toBe(now + hour);
    expect(sessions({ lifetime: 5 }).endOf(id, { ...subject })).toBe(now + hour);
  });

  it("is the same for a subject that names no issuer and no tenant, and for one that names the empty ones", () => {
    expect(sessions().endOf(sessions().begin({ id: "u" }), { id: "u", issuer: "", tenant: "" })).toBe(now + hour);
  });

  it("S2, B9: is no id for anybody else, however the members of two subjects run into each other", () => {
    const text = fc.string({ unit: fc.constantFrom("a", '"', ",", "\\", "|", "é"), maxLength: 3 });
    const someone = fc.record({ tenant: text, issuer: text, id: text.map((id) => `u${id}`) });
    fc.assert(
      fc.property(someone, someone, (one, other) => {
        const same = one.tenant === other.tenant && one.issuer === other.issuer && one.id === other.id;
        expect(sessions().endOf(sessions().begin(one), other) !== undefined).toBe(same);
      }),
    );
    const id = sessions().begin({ tenant: "ab", issuer: "", id: "u" });
    expect(sessions().endOf(id, { tenant: "a", issuer: "b", id: "u" })).toBeUndefined();
  });

  it("S2: is none once any of its characters is another, or is gone, or one is added", () => {
    const id = sessions().begin(subject);
    for (let index = 0; index < id.length; index += 1) {
      const [before, after] = [id.slice(0, index), id.slice(index + 1)];
      for (const changed of [
        `${before}${id[index] === "0" ? "1" : "0"}${after}`,
        `${before}${after}`,
        `${before}0${id.slice(index)}`,
      ]) {
        if (changed !== id) expect(sessions().endOf(changed, subject)).toBeUndefined();
      }
    }
    expect(sessions().endOf(`${id}0`, subject)).toBeUndefined();
    expect(sessions().endOf(id.toUpperCase(), subject)).toBeUndefined();
  });

  it.each(["", ".", "..", "s1", "a.b", "a.b.c", "a.zzzzzzzzzzzz.c", `${"x".repeat(200)}.1.2`, "é.1.2", "a.-1.b"])(
    "is none that nobody has signed: %j",
    (id) => expect(sessions().endOf(id, subject)).toBeUndefined(),
  );

  it.each<[string, SessionsOptions["secret"], boolean]>([
    ["another secret", "another secret of at least 32 bytes!!", false],
    ["the same secret as bytes", new TextEncoder().encode(secret), true],
    ["a new secret before the old one", ["another secret of at least 32 bytes!!", secret], true],
    ["the old one before a new secret", [secret, "another secret of at least 32 bytes!!"], true],
  ])("is known to who has %s: %#", (_what, given, known) => {
    const id = sessions().begin(subject);
    expect(sessions({ secret: given }).endOf(id, subject) !== undefined).toBe(known);
  });

  it("is signed with the first of several secrets", () => {
    const first = "another secret of at least 32 bytes!!";
    const id = sessions({ secret: [first, secret] }).begin(subject);
    expect(sessions({ secret: first }).endOf(id, subject)).toBe(now + hour);
    expect(sessions().endOf(id, subject)).toBeUndefined();
  });

  it("does not depend on what becomes of the secret's bytes afterwards", () => {
    const bytes = new TextEncoder().encode(secret);
    const kept = sessions({ secret: bytes });
    const id = kept.begin(subject);
    bytes.fill(0);
    expect(kept.endOf(id, subject)).toBe(now + hour);
  });
});

describe("sessions", () => {
  it.each<[string, Partial<SessionsOptions>]>([
    ["a short secret", { secret: "x".repeat(31) }],
    ["a short secret beside a long one", { secret: [secret, new Uint8Array(31)] }],
    ["no secret", { secret: [] }],
    ["half a character", { secret: `\ud800${secret}` }],
    ["no text at all", { secret: 42 as unknown as SessionSecret }],
    ["no lifetime", { lifetime: 0 }],
    ["half a millisecond", { lifetime: 0.5 }],
    ["a lifetime without an end", { lifetime: Number.POSITIVE_INFINITY }],
  ])("are not made with %s, and the error does not tell the secret", (_what, options) => {
    expect(() => sessions(options)).toThrow(/^(?!.*a secret of at least thirty)/);
  });

  it.each<[string, Partial<SessionsOptions>]>([
    ["a clock without a time", { clock: () => Number.NaN }],
    ["an id with a dot", { newId: () => "a.b" }],
    ["an empty id", { newId: () => "" }],
    ["an id that is too long", { newId: () => "x".repeat(129) }],
  ])("are not begun with %s", (_what, options) => {
    expect(() => sessions(options).begin(subject)).toThrow(TypeError);
  });

  it.each([{ id: "" }, { id: "x".repeat(257) }, { id: "\ud800" }, { id: "u", tenant: "x".repeat(257) }])(
    "are not begun for %j",
    (someone) => expect(() => sessions().begin(someone)).toThrow(TypeError),
  );
});
