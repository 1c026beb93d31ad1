import { describe, expect, it } from "vitest";
import type { JsonObject } from "../tool-call.ts";
import { compileCondition } from "./compile-condition.ts";
import type { ConditionEnvironment } from "./frame.ts";

const environmentOf = (args: JsonObject): ConditionEnvironment => ({
  args,
  subject: { id: "u1", tenant: "acme", roles: ["rep", "manager"], scopes: ["tool:**"] },
  actor: { id: "sales-assistant", chain: ["planner"] },
  session: { id: "s1" },
  now: Date.parse("2026-11-23T14:30:15.250Z"),
});

const ask = (text: string, args: JsonObject = {}) => compileCondition(text, {}).evaluate(environmentOf(args));

describe("D10: nothing is converted, and no type stands for another", () => {
  it.each([
    ["args.to == 'a@acme.com'", { to: ["a@acme.com"] }],
    ["args.to != 'a@acme.com'", { to: ["b@x.io"] }],
    ["args.to.endsWith('@acme.com')", { to: ["a@acme.com"] }],
    ["args.to.all(t, t.endsWith('@acme.com'))", { to: "a@acme.com" }],
    ["args.to in ['a', 'b']", { to: ["a"] }],
    ["!(args.to in ['a', 'b'])", { to: null }],
    ["args.to != 'blocked'", { to: null }],
    ["args.amount < 100", { amount: "99" }],
    ["args.amount == 1", { amount: true }],
    ["args.amount == '1'", { amount: 1 }],
    ["args.amount < 100", { amount: [99] }],
    ["args.amount < 100", { amount: { valueOf: 1 } }],
    ["args.ok && true", { ok: 1 }],
    ["args.ok && true", { ok: "true" }],
    ["!args.ok", { ok: null }],
    ["size(args.n) == 1", { n: 1 }],
    ["1 in args.map", { map: { "1": true } }],
    ["1 in args.map", { map: {} }],
    ["true in args.map", { map: {} }],
    ["args.map[1]", { map: { "1": true } }],
    ["args.list['0'] == 1", { list: [1] }],
  ] as const)("%s over %j is unknown", (text, args) => {
    expect(ask(text, args)).toBe("unknown");
  });

  it("compares with null only where the condition says null", () => {
    expect(ask("args.cc == null", { cc: null })).toBe(true);
    expect(ask("args.cc == null", { cc: "x" })).toBe(false);
    expect(ask("null != args.cc", { cc: "x" })).toBe(true);
    expect(ask("args.cc == args.bcc", { cc: null, bcc: "x" })).toBe("unknown");
  });

  it("holds each argument to the type that its schema gives", () => {
    const args = { type: "object", properties: { to: { type: "array", items: { type: "string" } } } };
    const condition = compileCondition("args.to.all(t, t.endsWith('@acme.com'))", { args });
    expect(condition.evaluate(environmentOf({ to: ["a@acme.com"] }))).toBe(true);
    expect(condition.evaluate(environmentOf({ to: { "a@acme.com": "b@x.io" } }))).toBe("unknown");
    expect(condition.evaluate(environmentOf({ to: {} }))).toBe("unknown");
  });
});

describe("D9: inherited properties are missing", () => {
  it.each([
    "args.constructor == null",
    "args.__proto__ == null",
    "args['toString'] == null",
    "args.text.length == 1",
    "args.list.length == 1",
    "args.list['length'] == 1",
    "args.inner.hasOwnProperty == null",
    "now.nanoseconds == 1",
  ])("%s", (text) => {
    const args = { text: "a", list: [1], inner: {} };
    const dynamic = text.replace(/^now/, "dyn(now)").replace(/^args/, "dyn(args)");
    expect(ask(dynamic, args)).toBe("unknown");
    expect(ask(dynamic, Object.assign(Object.create(null), args))).toBe("unknown");
  });

  it.each(["has(args.constructor)", "has(args.__proto__)", "'valueOf' in args"])("%s is false", (text) => {
    expect(ask(text, {})).toBe(false);
  });

  it("reads nothing that was put on a prototype", () => {
    const polluted = Object.create({ amount: 1 });
    expect(ask("args.amount == 1", polluted)).toBe("unknown");
    expect(ask("args.inner.amount == 1", { inner: polluted })).toBe("unknown");
    expect(ask("has(args.amount)", polluted)).toBe(false);
  });

  it("reads an own property whatever its name", () => {
    expect(ask("args.constructor == 'a'", { constructor: "a" })).toBe(true);
    expect(ask("args.__proto__ == 'a'", JSON.parse('{"__proto__":"a"}'))).toBe(true);
  });
});
