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

describe("what a condition reads of a call", () => {
  it.each([
    ["args.to.all(t, t.endsWith('@acme.com')) && args.amount < 100", { to: ["a@acme.com"], amount: 99.5 }, true],
    [
      "args.to.all(t, t.endsWith('@acme.com')) && args.amount < 100",
      { to: ["a@acme.com", "b@x.io"], amount: 1 },
      false,
    ],
    ["args.amount < 100", { amount: 100 }, false],
    ["args.amount == 99.5", { amount: 99.5 }, true],
    ["args.amount <= 100", { amount: 99.99999999999999 }, true],
    ["args.currency in ['USD', 'EUR']", { currency: "EUR" }, true],
    ["args.currency in ['USD', 'EUR']", { currency: "GBP" }, false],
    ["args.address.city == 'Paris'", { address: { city: "Paris" } }, true],
    ["args['content-type'] == args.`content-type`", { "content-type": "a" }, true],
    ["args.items.exists(i, i.price * i.count > 100)", { items: [{ price: 60, count: 2 }] }, true],
    ["args.items.filter(i, i.ok).size() == 1", { items: [{ ok: true }, { ok: false }] }, true],
    ["args.rows.all(r, r.all(c, c > 0))", { rows: [[1, 2], [3]] }, true],
    ["args.labels.all(k, args.labels[k] == 'x')", { labels: { a: "x", b: "x" } }, true],
    ["has(args.cc) ? args.cc == 'boss' : args.to == 'team'", { to: "team" }, true],
    ["'manager' in subject.roles && subject.tenant == 'acme'", {}, true],
    ["'planner' in actor.chain && actor.id == 'sales-assistant'", {}, true],
    ["session.id == 's1'", {}, true],
    ["now.getHours('America/New_York') == 9 && now.getMilliseconds() == 250", {}, true],
    ["now.getDayOfWeek('Europe/Berlin') in [1, 2, 3, 4, 5]", {}, true],
    ["now - timestamp(args.since) < duration('24h')", { since: "2026-11-23T00:00:00Z" }, true],
    ["args.url.startsWith('https://') || args.internal", { url: "http://x", internal: true }, true],
  ] as const)("%s over %j is %j", (text, args, answer) => {
    expect(ask(text, args)).toBe(answer);
  });
});

describe("D3: what cannot be known is unknown, neither true nor false", () => {
  it.each([
    ["a missing attribute", "args.missing == 1"],
    ["a missing attribute, negated", "!(args.missing == 1)"],
    ["a missing attribute, compared for difference", "args.missing != 'blocked'"],
    ["a member of a missing attribute", "has(args.missing.deeper)"],
    ["an absent member of the subject", "subject.issuer == 'x'"],
    ["an absent member of the actor", "actor.tier == 'low'"],
    ["an index beyond the list", "args.list[2] == 1"],
    ["an index before the list", "args.list[-1] == 1"],
    ["a division by zero", "1 / args.zero == 1"],
    ["an overflow", "9223372036854775807 + args.one > 0"],
    ["a whole number added to a decimal one", "args.one + args.half > 0"],
    ["a value that is no truth", "args.one || false"],
    ["true on one side only of `&&`", "true && args.missing"],
    ["false on one side only of `||`", "args.missing || false"],
    ["one unknown element of an otherwise true `all`", "[1, args.missing].all(n, n > 0)"],
    ["one unknown element of a list without a match", "args.mixed.exists(n, n == 5)"],
    ["an optional operand that is given and missing", "args.text.indexOf('b', args.missing) == 1"],
    ["an operand that is missing", "args.missing.contains('a')"],
    ["a condition of `?:`", "args.missing ? true : true"],
  ])("%s: %s", (_, text) => {
    const args = { list: [1, 2], zero: 0, one: 1, half: 0.5, mixed: [1, "x"], text: "abc" };
    expect(ask(text, args)).toBe("unknown");
  });

  it.each([
    ["args.missing && false", false],
    ["false && args.missing", false],
    ["args.missing || true", true],
    ["true || args.missing", true],
    ["args.list.exists(n, n == 'x' || n == 2)", true],
    ["args.list.all(n, n / 0 == 1 && false)", false],
    ["has(args.missing)", false],
    ["has(args.missing) && args.missing > 1", false],
  ])("one side that decides is enough: %s is %s", (text, answer) => {
    expect(ask(text, { list: [1, 2] })).toBe(answer);
  });
});

describe("numbers are exact", () => {
  it.each([
    ["args.n + 1 == 9007199254740992", { n: 9007199254740991 }],
    ["args.n * args.n == 81129638414606663681390495662081", { n: 1 }, "too large to be written"],
    ["9007199254740993 > 9007199254740992.0", {}],
    ["9007199254740993 != 9007199254740992", {}],
    ["args.n * 3 == 27021597764222973", { n: 9007199254740991 }],
    ["args.n == 1.0 && args.n == 1", { n: 1 }],
    ["args.n < 0.3 || args.n > 0.3", { n: 0.1 + 0.2 }],
    ["double(args.n) * 1.5 == 3.0", { n: 2 }],
    ["-7 / 2 == -3 && -7 % 2 == -1", {}],
    ["string(double(2)) == '2' && string(args.n) == '0'", { n: -0 }],
  ] as const)("%s", (text, args, fault = undefined) => {
    if (fault === undefined) expect(ask(text, args)).toBe(true);
    else expect(() => ask(text, args)).toThrow("This number does not fit into 64 bits.");
  });
});

describe("the work that a call can cause is bounded", () => {
  const many = (length: number) => Array.from({ length }, (_, index) => index);

  it.each([
    ["args.list.all(a, a >= 0)", 10_000, true],
    ["args.list.all(a, a >= 0)", 10_001, "unknown"],
    ["args.list.all(a, args.list.all(b, b >= 0))", 99, true],
    ["args.list.all(a, args.list.all(b, b >= 0))", 101, "unknown"],
    ["args.list.map(a, args.list).size() > 0", 10_001, "unknown"],
    ["20000 in args.list", 10_001, "unknown"],
    ["args.list == args.list", 10_001, "unknown"],
    ["size(args.list + args.list) > 0", 5_001, "unknown"],
    ["args.list.all(a, args.list.all(b, b >= 0)) || true", 101, true],
    ["args.list.all(a, args.list.all(b, b >= 0)) || args.yes", 101, "unknown"],
  ] as const)("%s over %i elements is %j", (text, length, answer) => {
    expect(ask(text, { list: many(length), yes: true })).toBe(answer);
  });

  it.each([
    "args.list.exists(n, args.text.contains(args.part))",
    "args.list.exists(n, size(args.text) == 1)",
    "args.list.exists(n, args.text == args.other)",
    "args.list.exists(n, args.text.trim() == '')",
    "args.list.exists(n, args.text.split('a').size() == 1)",
    "args.list.exists(n, glob('*a*a*a*a*a*b', args.path))",
    "args.list.exists(n, pathInside(args.path, '/x'))",
    "args.list.map(n, args.text + args.text).size() == 1",
  ])("%s over long text is unknown", (text) => {
    const path = `/${"a".repeat(4000)}`;
    const args = { list: many(5000), text: "a".repeat(100_000), other: `${"a".repeat(99_999)}b`, part: "aab", path };
    expect(ask(text, args)).toBe("unknown");
  });

  it("counts what a long body costs for each element", () => {
    const body = Array.from({ length: 40 }, () => "a >= 0").join(" && ");
    expect(ask(`args.list.all(a, ${body})`, { list: many(900) })).toBe(true);
    expect(ask(`args.list.all(a, ${body})`, { list: many(2000) })).toBe("unknown");
  });
});

describe("what is known of a condition without a call", () => {
  it.each([
    ["true", true],
    ["1 + 1 == 2 && 'a' in ['a']", true],
    ["args.x == 1 && false", false],
    ["args.x == 1 || !false", true],
    ["false ? args.x : true", true],
    ["[1, 2].all(n, [3].exists(m, m > n))", true],
    ["ipInRange('10.1.2.3', '10.0.0.0/8')", true],
    ["args.x == 1", undefined],
    ["args.x || false", undefined],
    ["[1].all(n, n == args.x)", undefined],
    ["1 / 0 == 1", undefined],
    ["now < timestamp('2030-01-01T00:00:00Z')", undefined],
  ] as const)("%s is always %s", (text, constant) => {
    expect(compileCondition(text, {}).constant).toBe(constant);
  });

  it.each([
    ["args.amount < 100 && args.to.all(t, t == subject.id)", ["args.amount", "args.to", "subject.id"]],
    ["has(args.a.b) && args['c-d'].e == args.`f/g`", ["args.a.b", 'args["c-d"].e', 'args["f/g"]']],
    ["args[args.key] == 1", ["args", "args.key"]],
    ["args.items[0].price > 1", ["args.items"]],
    ["size(args) < 3 && now.getHours() < 9", ["args", "now"]],
    ["true", []],
  ])("%s reads %j", (text, attributes) => {
    expect(compileCondition(text, {}).attributes).toEqual(attributes);
  });
});

describe("an evaluation never throws and keeps nothing", () => {
  it("is unknown where reading an argument throws", () => {
    const args = Object.defineProperty({}, "to", {
      enumerable: true,
      get: () => {
        throw new Error("no");
      },
    });
    expect(ask("args.to == 'x'", args)).toBe("unknown");
  });

  it.each([undefined, null, 1, "x", [], { args: null }, { args: [] }, { args: { n: () => 1 } }])(
    "is unknown for %j in place of a call",
    (environment) => {
      // Cast: this is what no caller may pass.
      const broken = environment as unknown as ConditionEnvironment;
      expect(compileCondition("args.n == 1 && now.getHours() < 24", {}).evaluate(broken)).toBe("unknown");
    },
  );

  it.each([Number.NaN, Infinity, 1e300, "2026", undefined])("is unknown about a clock that says %s", (now) => {
    const broken = { ...environmentOf({}), now } as unknown as ConditionEnvironment;
    expect(compileCondition("now > timestamp('2000-01-01T00:00:00Z')", {}).evaluate(broken)).toBe("unknown");
  });

  it("answers the second call as if there had been no first", () => {
    const condition = compileCondition("args.list.all(a, args.list.all(b, a >= b - 200))", {});
    const list = Array.from({ length: 90 }, (_, index) => index);
    for (let call = 0; call < 3; call += 1) expect(condition.evaluate(environmentOf({ list }))).toBe(true);
    expect(condition.evaluate(environmentOf({ list: [1, 999] }))).toBe(false);
  });
});
