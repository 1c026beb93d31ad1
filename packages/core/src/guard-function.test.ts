import { beforeEach, describe, expect, it } from "vitest";
import type { AuditRecord } from "./audit/audit-record.ts";
import type { Authorizer, AuthorizerOptions } from "./authorizer.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import { guardFunction } from "./guard-function.ts";
import type { GuardOptions } from "./guard-options.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import type { CallContext } from "./tool-call.ts";
import { ToolCallDeniedError } from "./tool-call-denied-error.ts";

const policy = parsePolicy(`
tools: { pay: { scope: tool:pay, cost: 0.10 }, count: { scope: tool:count } }
policies: [{ role: rep, allow: [tool:count, { scope: tool:pay, when: args.amount <= 200 }] }]
`);
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "bot" },
  session: "s1",
};
const options: GuardOptions = { tool: "pay", context };
const secret = "hunter2";

const records: AuditRecord[] = [];
const paid: unknown[] = [];
beforeEach(() => {
  records.splice(0);
  paid.splice(0);
});

interface Payment {
  to: string;
  amount: number;
}

const pay = async (payment: Payment) => `receipt ${paid.push(payment)}`;

function authorizerWith(more: Partial<AuthorizerOptions> = {}): Authorizer {
  const audit = { append: async (record: AuditRecord) => void records.push(record) };
  return createAuthorizer({ policy, audit, ...more });
}

function outcomes(): string[] {
  return records.flatMap((record) => (record.type === "outcome" ? [record.status] : []));
}

describe("a guarded function", () => {
  it("runs where its call is permitted, and gives what it gave", async () => {
    const guarded = authorizerWith().guard(pay, options);
    expect(await guarded({ to: "u2", amount: 1 })).toBe("receipt 1");
    expect({ paid, outcomes: outcomes() }).toEqual({ paid: [{ to: "u2", amount: 1 }], outcomes: ["succeeded"] });
  });

  it("does not run where it is denied, and says why in one line", async () => {
    const denied = authorizerWith().guard(pay, options)({ to: "u2", amount: 201 });
    await expect(denied).rejects.toBeInstanceOf(ToolCallDeniedError);
    await expect(denied).rejects.toThrow('{"error":"tool_call_denied","code":"condition_failed"');
    await expect(denied).rejects.toMatchObject({ toolName: "pay", decision: { allowed: false } });
    expect(paid).toEqual([]);
  });

  it("E2: is given a copy of what was judged, and nothing else", async () => {
    const payment = { to: "u2", amount: 1 };
    const audit = { append: async () => void Object.assign(payment, { amount: 1_000 }) };
    const guarded = authorizerWith({ audit }).guard(pay, options);
    // A caller in plain JavaScript can give more.
    await (guarded as (...given: unknown[]) => unknown)(payment, "and this");
    expect({ paid, payment }).toEqual({ paid: [{ to: "u2", amount: 1 }], payment: { to: "u2", amount: 1_000 } });
  });

  it("is judged and run with an empty object where it is called without one", async () => {
    const given: unknown[] = [];
    const count = authorizerWith().guard((...all: [input?: { of?: string }]) => given.push(all), {
      tool: "count",
      context,
    });
    expect(await count()).toBe(1);
    expect(given).toEqual([[{}]]);
  });

  it.each<[string, unknown]>([
    ["a list", [1]],
    ["a text", "all of it"],
    ["an instance of a class", new Map()],
    ["an accessor", Object.defineProperty({}, "amount", { get: () => 1, enumerable: true })],
  ])("is denied for %s", async (_name, input) => {
    // A caller in plain JavaScript can give anything.
    await expect(authorizerWith().guard(pay, options)(input as Payment)).rejects.toThrow("invalid_arguments");
  });

  it.each<[string, () => Promise<string>]>([
    ["throws", () => thrown(new RangeError("its own"))],
    ["rejects", () => Promise.reject(new RangeError("its own"))],
  ])("rejects with its own error where it %s, and has failed", async (_name, body) => {
    await expect(authorizerWith().guard(body, { tool: "count", context })()).rejects.toThrow(new RangeError("its own"));
    expect(outcomes()).toEqual(["failed"]);
  });

  it("B1: of parallel calls only as many run as the budget covers", async () => {
    const limited = parsePolicy(`
tools: { pay: { scope: tool:pay, cost: 0.10 } }
policies: [{ role: rep, allow: [tool:pay] }]
budgets: [{ per: user, limit: "0.20", window: day }]
`);
    const guarded = authorizerWith({ policy: limited }).guard(pay, options);
    await Promise.allSettled([1, 2, 3, 4, 5].map((amount) => guarded({ to: "u2", amount })));
    expect(paid).toHaveLength(2);
  });

  it("asks for the context of each call, and tells nothing of it", async () => {
    const told: unknown[] = [];
    const source = (...all: unknown[]) => {
      told.push(all);
      return told.length === 1 ? context : { ...context, grant: [] };
    };
    const guarded = authorizerWith().guard(pay, { tool: "pay", context: source });
    await guarded({ to: "u2", amount: 1 });
    await expect(guarded({ to: "u2", amount: 1 })).rejects.toThrow("this task was not given it");
    expect(told).toEqual([[undefined], [undefined]]);
  });

  it.each<[string, GuardOptions["context"]]>([
    ["is undefined", () => undefined],
    ["rejects", () => Promise.reject(new Error(secret))],
  ])("is denied where the context %s, and nobody reads why", async (_name, source) => {
    const denied = authorizerWith().guard(pay, { tool: "pay", context: source })({ to: "u2", amount: 1 });
    await expect(denied).rejects.toThrow('"code":"unauthenticated"');
    await expect(denied).rejects.not.toThrow(secret);
    expect(paid).toEqual([]);
  });

  it.each<[string, Pick<Authorizer, "run">, string]>([
    ["the audit log fails", authorizerWith({ audit: { append: fail } }), "unavailable"],
    ["the store fails", authorizerWith({ store: { apply: fail } }), "unavailable"],
    ["the authorizer fails", { run: fail }, "indeterminate"],
    ["the authorizer throws", { run: () => thrown(new Error(secret)) }, "indeterminate"],
  ])("D3, D11: is denied where %s, and nobody reads why", async (_name, authorizer, code) => {
    const denied = guardFunction(authorizer, pay, options)({ to: "u2", amount: 1 });
    await expect(denied).rejects.toThrow(`"code":"${code}"`);
    await expect(denied).rejects.not.toThrow(secret);
    expect(paid).toEqual([]);
  });

  it.each<[string, (...given: never) => unknown]>([
    ["yields", function* () {}],
    ["yields later", async function* () {}],
    ["takes more than the object that is judged", async (_payment: Payment, _more: string) => {}],
  ])("is refused where it %s", (_name, body) => {
    expect(() => authorizerWith().guard(body as typeof pay, options)).toThrow(TypeError);
  });
});

function fail(): Promise<never> {
  return Promise.reject(new Error(secret));
}

function thrown(error: Error): never {
  throw error;
}
