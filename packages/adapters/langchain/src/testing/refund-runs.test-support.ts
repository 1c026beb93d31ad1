import {
  type AuditRecord,
  type CallContext,
  createAuthorizer,
  createMemoryStore,
  parsePolicy,
  type Subject,
} from "@ambit/core";
import { type AIMessage, HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { Command, END, MemorySaver, MessagesAnnotation, Send, START, StateGraph } from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { type AgentMiddleware, createAgent } from "langchain";
import { beforeEach, expect } from "vitest";
import { z } from "zod";
import { authorizationMiddleware } from "../authorization-middleware.ts";
import type { AuthorizationOptions, PendingApproval } from "../authorization-options.ts";
import { withAuthorization } from "../with-authorization.ts";
import { type ScriptedCall, ScriptedModel } from "./scripted-model.ts";

/** `more` goes into the policy's approvals. */
export const policy = (more = "") =>
  parsePolicy(`
tools: { refund: { scope: tool:refund }, look: { scope: tool:look } }
policies:
  - role: rep
    allow:
      - tool:look
      - { scope: tool:refund, when: args.amount <= 200 }
      - { scope: tool:refund, when: args.amount > 200, approval: true, message: Refunds above 200 need a manager. }
approvals: { approvers: ["role:manager"], ttl: 10m${more} }
`);
export const manager: Subject = { id: "m1", roles: ["manager"], scopes: [] };
export const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "assistant" },
  session: "s1",
};

/** The time, for all authorizers. */
export const clock = { now: 0 };
export const ran: string[] = [];
export const records: AuditRecord[] = [];
beforeEach(() => {
  clock.now = 0;
  ran.splice(0);
  records.splice(0);
});
/** Of each call whether it was permitted, or why not. */
export const decisions = () =>
  records.flatMap((record) => (record.type === "decision" ? [record.code ?? "permit"] : []));

export const refund = tool(
  async ({ amount }: { amount: number }) => `${ran.push(`refund ${amount}`) && "paid"} ${amount}`,
  {
    name: "refund",
    description: "d",
    schema: z.object({ amount: z.number() }),
  },
);
export const look = tool(async () => `${ran.push("look") && "seen"}`, {
  name: "look",
  description: "d",
  schema: z.object({}),
});
export const dear: ScriptedCall = { name: "refund", args: { amount: 300 } };
export const looked: ScriptedCall = { name: "look", args: {} };
export const thread = { configurable: { thread_id: "t1" } };
export const go = { messages: [new HumanMessage("go")] };

type Tools = readonly (typeof refund | typeof look)[];

/** The part of a graph with a checkpointer that is used here. */
export interface Resumable {
  invoke(input: unknown, config: object): Promise<Paused>;
  getStateHistory(config: object): AsyncIterableIterator<{ readonly next: readonly string[]; readonly config: object }>;
}
export interface Paused {
  readonly __interrupt__?: readonly { readonly id: string; readonly value: PendingApproval }[];
}

export interface Parts {
  readonly settings: AuthorizationOptions;
  readonly model: ScriptedModel;
  readonly tools?: Tools;
  readonly checkpointer?: MemorySaver | false;
  /** Outside of the authorization. */
  readonly outer?: readonly AgentMiddleware[];
}
export type Make = (parts: Parts) => Resumable;

export const agent =
  (version: "v1" | "v2"): Make =>
  ({ settings, model, tools = [refund, look], checkpointer = new MemorySaver(), outer = [] }) => {
    const middleware = [...outer, authorizationMiddleware({ ...settings, toolErrors: "throw" })];
    return createAgent({ model, tools: [...tools], middleware, checkpointer, version }) as unknown as Resumable;
  };
type State = typeof MessagesAnnotation.State;
const callsOf = ({ messages }: State) => (messages.at(-1) as AIMessage).tool_calls ?? []; // The model said it.
const graphOf =
  (next: (state: State) => string | Send[]): Make =>
  ({ settings, model, tools = [refund, look], checkpointer = new MemorySaver() }) =>
    new StateGraph(MessagesAnnotation)
      .addNode("model", async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
      .addNode("tools", new ToolNode([...withAuthorization(tools, settings)]))
      .addEdge(START, "model")
      .addConditionalEdges("model", next, ["tools", END])
      .addEdge("tools", "model")
      .compile({ checkpointer }) as unknown as Resumable;
export const graph = graphOf((state) => (callsOf(state).length > 0 ? "tools" : END));
export const sending = graphOf((state) => {
  const calls = callsOf(state).map((call) => new Send("tools", { ...state, lg_tool_call: call }));
  return calls.length > 0 ? calls : END;
});

export const makes: Record<string, Make> = {
  "an agent with the middleware": agent("v2"),
  "an agent of the first version": agent("v1"),
  "an agent with wrapped tools": ({ settings, model, tools = [refund, look], checkpointer = new MemorySaver() }) =>
    createAgent({ model, tools: [...withAuthorization(tools, settings)], checkpointer }) as unknown as Resumable,
  "a graph with a ToolNode": graph,
  "a graph that sends each call to a ToolNode": sending,
};

/** A graph that pauses, with a policy by which refunds above 200 are approved by a manager. */
export function setUp(
  make: Make,
  steps: readonly (readonly ScriptedCall[])[],
  more: Partial<Parts> & { reuse?: string } = {},
) {
  const authorizer = createAuthorizer({
    policy: policy(more.reuse),
    store: createMemoryStore(),
    clock: () => clock.now,
    audit: { append: async (record: AuditRecord) => void records.push(record) },
  });
  const settings: AuthorizationOptions = { authorizer, context, approvals: "pause", ...more.settings };
  const model = new ScriptedModel(steps);
  const run = make({ ...more, settings, model });
  const start = () => run.invoke(go, thread);
  const resume = (value: unknown = {}) => run.invoke(new Command({ resume: value }), thread);
  const approve = async ({ __interrupt__: pauses = [] }: Paused, index = 0) => {
    const id = pauses[index]?.value.id ?? expect.unreachable("nothing waits for an approval");
    expect(await authorizer.approvals.approve(id, manager)).toMatchObject({ allowed: true });
  };
  return { authorizer, model, run, start, resume, approve };
}

/** What a run waits for. */
export const waiting = (result: Paused) => result.__interrupt__?.map(({ value }) => value) ?? [];
