import { type AuditRecord, createAuthorizer, parsePolicy } from "@ambit/core";
import { Agent, Runner, RunState, setTracingDisabled, tool } from "@openai/agents-core";
import { assistantMessage, functionCall, ScriptedModel } from "@openai/agents-core/testing";
import { expect, it } from "vitest";
import { z } from "zod";
import { withAuthorization } from "./with-authorization.ts";

setTracingDisabled(true);

const policy = parsePolicy('policies: [{ role: rep, allow: ["tool:*"] }]');
const context = { subject: { id: "u", roles: ["rep"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s" };
const runner = new Runner({ tracingDisabled: true });

/** An agent whose colleague, an agent that is a tool, may pay once a person has approved it. */
function setUp() {
  const records: AuditRecord[] = [];
  const audit = { append: async (record: AuditRecord) => void records.push(record) };
  const options = { authorizer: createAuthorizer({ policy, audit }), context };
  const execute = async () => "paid";
  const pay = tool({ name: "pay", description: "d", parameters: z.object({}), needsApproval: true, execute });
  const model = (name: string, input: object) =>
    new ScriptedModel([[functionCall(name, { ...input }, { callId: name })], [assistantMessage("done")]]);
  const inner = new Agent({ name: "inner", model: model("pay", {}), tools: withAuthorization([pay], options) });
  const ask = inner.asTool({ toolName: "ask", toolDescription: "d" });
  const tools = withAuthorization([ask], options);
  const outer = new Agent({ name: "outer", model: model("ask", { input: "x" }), tools });
  return { outer, judged: () => records.flatMap((record) => (record.type === "decision" ? [record.tool] : [])) };
}

it("a pause inside an agent that is a tool: once it is approved, both calls are judged and run", async () => {
  const { outer, judged } = setUp();
  const { state, interruptions } = await runner.run(outer, "go");
  expect({ judged: judged(), paused: interruptions.length }).toEqual({ judged: ["ask"], paused: 1 });
  for (const item of state.getInterruptions()) state.approve(item);
  expect((await runner.run(outer, state)).finalOutput).toBe("done");
  expect(judged()).toEqual(["ask", "ask", "pay"]);
});

it("a pause inside an agent that is a tool: from a state stored as text it is not run", async () => {
  const { outer, judged } = setUp();
  const paused = await runner.run(outer, "go");
  const state = await RunState.fromString(outer, JSON.stringify(paused.state));
  for (const item of state.getInterruptions()) state.approve(item);
  await runner.run(outer, state);
  expect(judged()).not.toContain("pay");
});
