import fc from "fast-check";
import { expect, it } from "vitest";
import { type KnownContext, readContext } from "./call-context.ts";
import { KnownCallers } from "./known-callers.ts";
import { parsePolicy } from "./policy/parse-policy.ts";

const callers = () => new KnownCallers(parsePolicy('users: [{ user: ann, issuer: idp, allow: ["**"] }]'));

const texts = fc.array(fc.constantFrom("a", "b", "|1:a", "", "[", "a|1:b"), { maxLength: 3 });
const anyContext = fc
  .record({
    subject: fc.constantFrom("ann", "bob"),
    issuer: fc.constantFrom("idp", "other"),
    roles: texts,
    scopes: texts,
    actor: fc.constantFrom("bot", "|0[", "a"),
    tier: fc.constantFrom(undefined, "api" as const),
    grant: fc.option(texts, { nil: undefined }),
  })
  .map(({ subject: id, issuer, roles, scopes, actor, tier, grant }): KnownContext => {
    const source = {
      subject: { id, issuer, roles, scopes },
      actor: { id: actor, ...(tier && { tier }) },
      session: "s",
    };
    const { context } = readContext(grant === undefined ? source : { ...source, grant });
    return context ?? expect.unreachable("the context could not be read");
  });

it("D2, D5: names the rights of two contexts alike where they bring the same to a permission, and nowhere else", () => {
  const known = callers();
  const brought = ({ roles, scopes, actor, tier, grant, subject, issuer }: KnownContext) =>
    JSON.stringify([roles, scopes, actor, tier ?? null, grant ?? null, subject === "ann" && issuer === "idp"]);
  fc.assert(
    fc.property(anyContext, anyContext, (one, other) => {
      expect(known.of(one).rights === known.of(other).rights).toBe(brought(one) === brought(other));
    }),
    { numRuns: 2_000 },
  );
});

it("R1: forgets contexts that hold more text than is kept", () => {
  const known = callers();
  const contexts = Array.from({ length: 100 }, (_, number): KnownContext => {
    const scopes = Array.from({ length: 1_000 }, (_each, place) => `${number}:${place}`.padEnd(200, "x"));
    const subject = { id: "ann", roles: [], scopes };
    const { context } = readContext({ subject, actor: { id: "bot" }, session: `${number}` });
    return context ?? expect.unreachable("the context could not be read");
  });
  const first = contexts.map((context) => known.of(context));
  const kept = contexts.filter((context, place) => known.of(context) === first[place]);
  expect(kept.length).toBeLessThan(50);
});
