import { type AuditRecord, type CallContext, createAuthorizer, parsePolicy } from "@ambit/core";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { createAgent } from "langchain";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { authorizationMiddleware } from "./authorization-middleware.ts";
import type { AuthorizationOptions } from "./authorization-options.ts";
import { ScriptedModel } from "./testing/scripted-model.ts";
import { withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
policies:
  - { role: rep, allow: [tool:lookup, tool:refund] }
rules:
  - { id: refund-needs-lookup, before: tool:refund, require: tool:lookup }
`);
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "assistant" },
  session: "s1",
};
const empty = z.object({});

function lookupThat(status: "error" | "success") {
  const give = async (_: object, { toolCall }: { toolCall?: { id?: string } }) =>
    new ToolMessage({ content: "no such order", tool_call_id: toolCall?.id ?? "", name: "lookup", status });
  return tool(give, { name: "lookup", description: "d", schema: empty });
}

describe.each(["withAuthorization", "authorizationMiddleware"] as const)("%s", (way) => {
  it.each([
    ["error", "failed", 0],
    ["success", "succeeded", 1],
  ] as const)(
    "S5: a message of the status %s is recorded as %s, and reaches the model as it is",
    async (...expected) => {
      const [status, recorded, refunds] = expected;
      const records: AuditRecord[] = [];
      const audit = { append: (record: AuditRecord) => void records.push(record) };
      const options: AuthorizationOptions = { authorizer: createAuthorizer({ policy, audit }), context };
      const refunded: string[] = [];
      const refund = tool(async () => `refund ${refunded.push("A-17")}`, {
        name: "refund",
        description: "d",
        schema: empty,
      });
      const tools = [lookupThat(status), refund];
      const model = new ScriptedModel([[{ name: "lookup", args: {} }], [{ name: "refund", args: {} }]]);
      const wrapped = way === "withAuthorization";
      const agent = createAgent({
        model,
        tools: wrapped ? [...withAuthorization(tools, options)] : tools,
        middleware: wrapped ? [] : [authorizationMiddleware(options)],
      });
      await agent.invoke({ messages: [new HumanMessage("go")] });
      expect(model.answers(1)).toMatchObject([{ content: "no such order", status }]);
      const outcomes = records.flatMap((record) => (record.type === "outcome" ? [record.status] : []));
      expect(outcomes[0]).toBe(recorded);
      expect(refunded).toHaveLength(refunds);
    },
  );
});
