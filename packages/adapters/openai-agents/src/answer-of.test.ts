import { type AuditRecord, createAuthorizer, parsePolicy } from "@ambit/core";
import {
  Agent,
  type FunctionTool,
  RunContext,
  Runner,
  type Span,
  setTraceProcessors,
  setTracingDisabled,
  tool,
  withCustomSpan,
} from "@openai/agents-core";
import { assistantMessage, functionCall, modelError, ScriptedModel } from "@openai/agents-core/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { authorizeTool } from "./with-authorization.ts";

/** What a span that ended says. */
const ended: (object | null)[] = [];
const nothing = async () => {};

beforeAll(() => {
  setTracingDisabled(false);
  const onSpanEnd = async (span: Span<never>) => void ended.push(span.toJSON());
  setTraceProcessors([
    {
      onSpanEnd,
      onSpanStart: nothing,
      onTraceStart: nothing,
      onTraceEnd: nothing,
      shutdown: nothing,
      forceFlush: nothing,
    },
  ]);
});

const definition = { name: "work", description: "d", parameters: z.object({}) };
const fail = () => Promise.reject(new Error("no such quarter"));
const colleague = new Agent({ name: "colleague", model: new ScriptedModel([modelError(new Error("down"))]) });
const spans = async () => {
  await withCustomSpan(fail, { data: { name: "attempt" } }).catch(() => {});
  return "second attempt";
};

const tools: readonly [string, object, string][] = [
  ["a tool that fails", tool({ ...definition, execute: fail }), "failed"],
  [
    "a tool that fails in its own words",
    tool({ ...definition, execute: fail, errorFunction: () => "sorry" }),
    "failed",
  ],
  ["an agent that fails", colleague.asTool({ toolName: "work" }), "failed"],
  ["a tool that says what failed tools say", tool({ ...definition, execute: () => "sorry" }), "succeeded"],
  ["a tool that mends what failed in a span of its own", tool({ ...definition, execute: spans }), "succeeded"],
];

async function outcomeOf(target: object, call: (wrapped: FunctionTool) => Promise<unknown>): Promise<string[]> {
  const records: AuditRecord[] = [];
  const audit = { append: async (record: AuditRecord) => void records.push(record) };
  const policy = parsePolicy("policies: [{ role: rep, allow: [tool:work] }]");
  const context = { subject: { id: "u", roles: ["rep"], scopes: ["tool:**"] }, actor: { id: "bot" }, session: "s" };
  const wrapped = authorizeTool(target as FunctionTool, { authorizer: createAuthorizer({ policy, audit }), context });
  await call(wrapped);
  return records.flatMap((record) => (record.type === "outcome" ? [record.status] : []));
}

function runBy(tracingDisabled: boolean): (wrapped: FunctionTool) => Promise<unknown> {
  const model = new ScriptedModel([
    [functionCall("work", { input: "x" }, { callId: "c" })],
    [assistantMessage("done")],
  ]);
  return (wrapped) => new Runner({ tracingDisabled }).run(new Agent({ name: "a", model, tools: [wrapped] }), "go");
}

const program = ({ invoke }: FunctionTool) => invoke(new RunContext(), '{"input":"x"}');

describe.each(tools)("%s", (_name, target, status) => {
  it.each<[string, () => (wrapped: FunctionTool) => Promise<unknown>]>([
    ["a run that is traced", () => runBy(false)],
    ["a run that is not traced", () => runBy(true)],
    ["a program, outside of any run", () => program],
  ])(`has ${status} in %s`, async (_where, call) => {
    expect(await outcomeOf(target, call())).toEqual([status]);
  });
});

it("a failure is traced as it is without a check", async () => {
  const failing = tool({ ...definition, execute: fail });
  const errors = async (target: FunctionTool) => {
    ended.splice(0);
    await runBy(false)(target);
    return ended.map((span) => span !== null && "error" in span && span.error);
  };
  const plain = await errors(failing as unknown as FunctionTool);
  expect(plain.some((error) => error)).toBe(true);
  let traced: unknown;
  await outcomeOf(failing, async (wrapped) => {
    traced = await errors(wrapped);
  });
  expect(traced).toEqual(plain);
});
