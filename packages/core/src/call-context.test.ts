import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ContextReader, readContext } from "./call-context.ts";
import type { CallContext } from "./tool-call.ts";

const text = fc.constantFrom("", "a", "b", "c");
const texts = fc.array(text, { maxLength: 2 });
const anything = fc.oneof({ weight: 9, arbitrary: text }, { weight: 1, arbitrary: fc.anything() });
const list = fc.oneof({ weight: 9, arbitrary: texts }, { weight: 1, arbitrary: fc.anything() });
const subject = fc.record(
  { id: anything, issuer: anything, tenant: anything, roles: list, scopes: list },
  { requiredKeys: [] },
);
const actor = fc.record(
  { id: anything, tier: fc.constantFrom("api", "background", undefined, "x"), chain: list },
  { requiredKeys: [] },
);
const context = fc.record(
  { subject, actor, session: fc.constantFrom("s", "t", ""), grant: fc.option(list, { nil: undefined }) },
  { requiredKeys: ["subject", "actor", "session"] },
);
// What stands in a context is anything: no type stands for that.
const contexts = fc.array(context as fc.Arbitrary<CallContext>, { maxLength: 20 });

const asked = () => ({
  subject: { id: "u", issuer: "i", tenant: "t", roles: ["rep"], scopes: ["a:b"] },
  actor: { id: "bot", tier: "api" as const, chain: ["parent"] },
  session: "s",
  grant: ["a:b"],
});

describe("a reader that remembers contexts reads them as one that does not", () => {
  it("B9, D9: whatever they are, in whatever order", () => {
    fc.assert(
      fc.property(contexts, (read) => {
        const reader = new ContextReader();
        for (const one of [...read, ...read]) expect(reader.read(one)).toEqual(readContext(one));
      }),
    );
  });

  const changes: readonly [string, (context: ReturnType<typeof asked>) => unknown][] = [
    ["the user", ({ subject }) => Object.assign(subject, { id: "v" })],
    ["the issuer", ({ subject }) => Object.assign(subject, { issuer: "j" })],
    ["the tenant", ({ subject }) => Object.assign(subject, { tenant: "other" })],
    ["a role", ({ subject }) => subject.roles.fill("admin")],
    ["one role more", ({ subject }) => subject.roles.push("admin")],
    ["one role less", ({ subject }) => subject.roles.pop()],
    ["a scope", ({ subject }) => subject.scopes.fill("**")],
    ["the agent", ({ actor }) => Object.assign(actor, { id: "worm" })],
    ["the tier", ({ actor }) => Object.assign(actor, { tier: "background" })],
    ["the tier taken away", ({ actor }) => Reflect.deleteProperty(actor, "tier")],
    ["the chain", ({ actor }) => actor.chain.fill("other")],
    ["the session", (context) => Object.assign(context, { session: "t" })],
    ["the grant", ({ grant }) => grant.fill("**")],
    ["the grant taken away", (context) => Reflect.deleteProperty(context, "grant")],
    ["a role that is no text", ({ subject }) => Reflect.set(subject.roles, 0, 7)],
    ["an id of another type", ({ subject }) => Object.assign(subject, { id: null })],
  ];
  it.each(changes)("an object of which %s changed between two calls is another context", (_name, change) => {
    const reader = new ContextReader();
    const context = asked();
    const before = reader.read(context);
    change(context);
    const after = reader.read(context);
    expect(after).toEqual(readContext(context));
    expect(after).not.toEqual(before);
    expect(before).toEqual(readContext(asked()));
  });

  it("gives the one copy for equal contexts, whichever object they are, and forgets nothing of another session", () => {
    const reader = new ContextReader();
    const first = reader.read(asked()).context;
    const other = reader.read({ ...asked(), session: "t" }).context;
    expect(reader.read(asked()).context).toBe(first);
    expect(reader.read({ ...asked(), session: "t" }).context).toBe(other);
    expect(Object.isFrozen(first) && Object.isFrozen(first?.roles)).toBe(true);
  });

  it("D9: a member that is inherited the second time is missing", () => {
    const reader = new ContextReader();
    expect(reader.read(asked()).context).toBeDefined();
    const { session, ...rest } = asked();
    // An object with a prototype of the caller's making.
    const inherited = Object.assign(Object.create({ session }), rest) as CallContext;
    expect(reader.read(inherited)).toEqual({ fault: "the session is not a text of 1 to 256 characters" });
  });

  it.each(["1", ["x"], -1, 0.5, 101])("takes no list that says that its length is %j", (length) => {
    const context = asked();
    const get = (list: string[], name: string | symbol) => (name === "length" ? length : Reflect.get(list, name));
    context.subject.roles = new Proxy(context.subject.roles, { get });
    expect(readContext(context)).toEqual({ fault: "the subject's roles are not a list of at most 100 texts" });
  });

  it("takes each member as it was when it was read, though it answers otherwise each time", () => {
    let reads = 0;
    const shifting = {
      ...asked(),
      get session() {
        reads += 1;
        return reads === 1 ? "s" : "another";
      },
    };
    const reader = new ContextReader();
    reader.read(asked());
    expect(reader.read(shifting).context?.session).toBe("s");
    expect(reads).toBe(1);
  });
});
