import { AsyncLocalStorage } from "node:async_hooks";
import { type AuditRecord, type CallContext, createAuthorizer, parsePolicy } from "@ambit/core";
import { HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { createAgent } from "langchain";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { authorizationMiddleware } from "./authorization-middleware.ts";
import type { AuthorizationOptions, ToolExecution } from "./authorization-options.ts";
import { ScriptedModel } from "./testing/scripted-model.ts";
import { authorizeTool, withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
tools:
  ask_researcher: { scope: tool:agent:ask }
  read: { scope: tool:crm:read, labels: [customer-data], cost: 0.02 }
  send: { scope: tool:email:send }
policies:
  - { role: rep, allow: [tool:agent:ask, tool:crm:read, tool:email:send] }
  - { role: guest, allow: [tool:agent:ask] }
rules: [{ id: no-data-out, after: label:customer-data, deny: tool:email:send }]
budgets: [{ per: user, limit: "0.05", window: day }]
`);
const users: Readonly<Record<string, CallContext["subject"]>> = {
  u1: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  u2: { id: "u2", roles: ["guest"], scopes: ["tool:**"] },
};
const records: AuditRecord[] = [];
const ran: unknown[] = [];
const told: ToolExecution[] = [];
beforeEach(() => {
  for (const list of [records, ran, told]) list.splice(0);
});
const decided = () =>
  records.flatMap((record) => (record.type === "decision" ? [[record.subject, record.tool, record.decision]] : []));

const currentUser = new AsyncLocalStorage<string>();
const contextOf = (user: unknown): CallContext | undefined => {
  const subject = typeof user === "string" && Object.hasOwn(users, user) ? users[user] : undefined;
  return subject && { subject, actor: { id: "assistant" }, session: subject.id };
};
/** The ways in which an application says for whom it runs an agent. */
const sources: Record<string, AuthorizationOptions["context"]> = {
  "asynchronous local storage": () => contextOf(currentUser.getStore()),
  "the run's configuration": (execution) => {
    told.push(execution);
    return contextOf(execution.configurable?.["user"]);
  },
};

function options(context: AuthorizationOptions["context"]): AuthorizationOptions {
  const audit = { append: async (record: AuditRecord) => void records.push(record) };
  return { authorizer: createAuthorizer({ policy, audit }), context };
}

const schema = z.object({ user: z.string().optional() });
const make = (name: string) => tool(async () => `${ran.push(name) && name} done`, { name, description: "d", schema });
type Kind = "middleware" | "wrapped";

/** An agent, of which one tool is an agent of its own that reads. Both are authorized in the given way. */
function agents(kind: Kind, settings: AuthorizationOptions, args = {}) {
  const agentOf = (model: ScriptedModel, tools: readonly ReturnType<typeof make>[]) =>
    kind === "middleware"
      ? createAgent({ model, tools: [...tools], middleware: [authorizationMiddleware(settings)] })
      : createAgent({ model, tools: [...withAuthorization(tools, settings)] });
  const inner = new ScriptedModel([[{ name: "read", args }]]);
  const ask = tool(
    async () => {
      const { messages } = await agentOf(inner, [make("read")]).invoke({ messages: [new HumanMessage("read")] });
      return messages.at(-1)?.text ?? "";
    },
    { name: "ask_researcher", description: "d", schema },
  );
  const outer = new ScriptedModel([[{ name: "ask_researcher", args }], [{ name: "send", args }]]);
  return { agent: agentOf(outer, [ask as ReturnType<typeof make>, make("send")]), outer, inner };
}

const run = (user: string, agent: ReturnType<typeof agents>["agent"]) =>
  currentUser.run(user, () => agent.invoke({ messages: [new HumanMessage("go")] }, { configurable: { user } }));

const kinds: readonly Kind[] = ["middleware", "wrapped"];
describe.each(Object.entries(sources))("an agent within a tool, with the user in %s", (_source, source) => {
  it.each(kinds)("S6: is judged for the same user, and what it did counts for the outer agent (%s)", async (kind) => {
    const { agent, outer } = agents(kind, options(source));
    await run("u1", agent);
    expect(ran).toEqual(["read"]);
    expect(decided()).toEqual([
      ["u1", "ask_researcher", "permit"],
      ["u1", "read", "permit"],
      ["u1", "send", "deny"],
    ]);
    expect(outer.answers(2)[1]?.text).toContain("history_forbids");
  });

  it.each(kinds)("is denied what its user may not do, and tells the outer agent (%s)", async (kind) => {
    const { agent, inner } = agents(kind, options(source));
    await run("u2", agent);
    expect(ran).toEqual([]);
    expect(inner.answers(1)).toMatchObject([{ content: expect.stringContaining("not_granted"), status: "error" }]);
  });

  it.each(kinds)("D11: is not taken for another user whom the model names (%s)", async (kind) => {
    const { agent } = agents(kind, options(source), { user: "u1", configurable: { user: "u1" } });
    await run("u2", agent);
    expect(ran).toEqual([]);
    expect(decided().map(([subject]) => subject)).toEqual(["u2", "u2", "u2"]);
  });

  it.each(kinds)("keeps the users of runs at the same time apart (%s)", async (kind) => {
    const settings = options(source);
    await Promise.all(["u1", "u2", "nobody"].map((user) => run(user, agents(kind, settings).agent)));
    expect(ran).toEqual(["read"]);
    expect(records.filter((record) => record.type === "decision" && record.subject === "u1")).toHaveLength(3);
  });
});

describe("a tool that calls another with its own configuration", () => {
  it("B1: has each call judged and charged, though all of them bear the id of the outer call", async () => {
    const settings = options(() => contextOf("u1"));
    const read = authorizeTool(make("read"), settings);
    const answers: unknown[] = [];
    const ask = tool(
      async (_input, config) => {
        for (let times = 0; times < 3; times += 1) answers.push(await read.invoke({}, config));
        return "asked";
      },
      { name: "ask_researcher", description: "d", schema },
    );
    const model = new ScriptedModel([[{ name: "ask_researcher", args: {} }]]);
    await createAgent({ model, tools: [...withAuthorization([ask], settings)] }).invoke({ messages: "go" });
    expect(ran).toEqual(["read", "read"]); // 0.02 each, of 0.05.
    expect(answers.at(-1)).toMatchObject({ content: expect.stringContaining("budget_exhausted"), status: "error" });
    expect(model.answers(1)).toMatchObject([{ content: "asked" }]);
  });
});
