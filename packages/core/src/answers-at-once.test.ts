import { describe, expect, it } from "vitest";
import type { AuditLog, AuditRecord } from "./audit/audit-record.ts";
import type { AuthorizerOptions } from "./authorizer.ts";
import { createAuthorizer } from "./create-authorizer.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import type { CallContext } from "./tool-call.ts";

const policy = parsePolicy(`
tools: { buy: { scope: tool:buy, cost: 1 } }
policies: [{ role: rep, allow: [tool:buy] }]
budgets: [{ per: user, limit: 2 }]
`);
const context: CallContext = { subject: { id: "u", roles: ["rep"], scopes: ["**"] }, actor: { id: "a" }, session: "s" };
const buy = { tool: "buy", arguments: {} };

/** A log that has all it needs at once. */
function list(fails: () => boolean = () => false) {
  const records: AuditRecord[] = [];
  const log: AuditLog = {
    append: (record) => {
      if (fails()) throw new Error("the disk is full");
      records.push(record);
    },
  };
  return { log, records };
}

const make = (options: Partial<AuthorizerOptions>) => createAuthorizer({ policy, ...options });

describe("a call whose store and log answer at once", () => {
  it("E1, B1: is decided, run and settled before anybody else has a turn, its permit recorded first", async () => {
    const { log, records } = list();
    const seen: number[] = [];
    const authorizer = make({ audit: log });
    const answers = [1, 2, 3].map(() => authorizer.run(buy, context, () => seen.push(records.length)));
    expect(seen).toEqual([1, 3]);
    expect(records.map(({ type }) => type)).toEqual(["decision", "outcome", "decision", "outcome", "decision"]);
    expect(await Promise.all(answers)).toMatchObject([
      { executed: true, result: 1 },
      { executed: true, result: 2 },
      { executed: false, decision: { code: "budget_exhausted", logged: true } },
    ]);
  });

  it("L7: does not start when the log throws, and what it had reserved is free again", async () => {
    let full = true;
    const authorizer = make({ audit: list(() => full).log });
    for (let count = 0; count < 3; count += 1) {
      const refused = await authorizer.run(buy, context, () => expect.unreachable());
      expect(refused).toMatchObject({ executed: false, decision: { code: "unavailable", logged: false } });
    }
    full = false;
    for (let count = 0; count < 2; count += 1)
      expect(await authorizer.run(buy, context, () => count)).toMatchObject({ executed: true, result: count });
  });

  it("rejects with what the tool threw at once, and is charged for it", async () => {
    const { log, records } = list();
    const fault = new Error("the tool broke");
    const fails = () => {
      throw fault;
    };
    await expect(make({ audit: log }).run(buy, context, fails)).rejects.toBe(fault);
    expect(records.at(-1)).toMatchObject({ type: "outcome", status: "failed", cost: "1.00" });
  });

  it("waits for a tool that answers later, whatever kind of promise it gives", async () => {
    // oxlint-disable-next-line unicorn/no-thenable -- A promise of another make is what is tried.
    const method: string = "then";
    const take = (given: (value: string) => void) => void setTimeout(given, 1, "later");
    const answer = { [method]: take } as unknown as PromiseLike<string>; // As `await` has it.
    expect(await make({}).run(buy, context, () => answer)).toMatchObject({ executed: true, result: "later" });
  });
});

it("D6, R3: who is told of a fault and throws causes no other", async () => {
  const onFault = () => {
    throw new Error("nobody listens");
  };
  const broken = { apply: () => expect.unreachable() };
  const failing = make({ store: broken, onFault, audit: list(() => true).log });
  expect(await failing.run(buy, context, () => expect.unreachable())).toMatchObject({ executed: false });
  let closed = false;
  const authorizer = make({ audit: list(() => closed).log, onFault });
  const end = () => {
    closed = true;
    return "done";
  };
  expect(await authorizer.run(buy, context, end)).toMatchObject({ executed: true, result: "done" });
});
