import { createRequire } from "node:module";
import {
  type AuditRecord,
  type AuthorizerOptions,
  type CallContext,
  createAuthorizer,
  parsePolicy,
  UngovernableToolError,
} from "@ambit/core";
import { Agent, type ToolsInput } from "@mastra/core/agent";
import { createTool, Tool, type ToolExecutionContext, webSearchTool } from "@mastra/core/tools";
import { createWorkflow } from "@mastra/core/workflows";
import { tool } from "ai";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type AuthorizationOptions, withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
tools:
  read: { scope: tool:crm:read, cost: 0.10 }
  send: { scope: tool:email:send }
policies: [{ role: rep, allow: [tool:crm:read], deny: [tool:email:send] }]
`);
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "sales-assistant" },
  session: "s1",
};
const denial =
  '{"error":"tool_call_denied","code":"forbidden","message":"role:rep denied tool:email:send","retryable":false}';
const invalid = expect.objectContaining({ message: expect.stringContaining('"code":"invalid_arguments"') });

const records: AuditRecord[] = [];
const calls: unknown[] = [];
beforeEach(() => {
  records.splice(0);
  calls.splice(0);
});

function options(more: Partial<AuthorizerOptions> = {}): AuthorizationOptions {
  const audit = { append: async (record: AuditRecord) => void records.push(record) };
  return { authorizer: createAuthorizer({ policy, audit, ...more }), context };
}

function outcomes(): string[] {
  return records.flatMap((record) => (record.type === "outcome" ? [`${record.status} ${record.cost}`] : []));
}

const described = { id: "some-tool", description: "d" };
const record = async (input: unknown) => `${calls.push(input) && "12 deals"}`;
const read = createTool({ ...described, inputSchema: z.object({ quarter: z.string() }), execute: record });

/** A tool that takes what a schema makes of each input. */
function reshaped(reshape: (input: Record<string, unknown>) => unknown) {
  const open = z.looseObject({});
  return createTool({ ...described, inputSchema: open.transform(reshape) as unknown as typeof open, execute: record });
}

/** What a program does with a tool; an agent applies the tool's schema first. */
function execute(tools: ToolsInput, name: string, input: unknown, given: object = {}): Promise<unknown> {
  const { execute: run } = tools[name] as Tool; // Each of them is one.
  return run?.(input, given as ToolExecutionContext) ?? expect.unreachable("there is no tool");
}

describe("E2: a tool runs with what was judged", () => {
  it.each<[string, Tool["inputSchema"], object, object]>([
    [
      "after defaults and coercion",
      z.object({ quarter: z.string().default("Q1"), rows: z.coerce.number() }) as never,
      { rows: "5", more: 1 },
      { quarter: "Q1", rows: 5 },
    ],
    [
      "as it was given, where there is no schema",
      undefined,
      { quarter: 1, list: [1, null] },
      { quarter: 1, list: [1, null] },
    ],
  ])("%s", async (_name, inputSchema, given, expected) => {
    const narrow = parsePolicy("policies: [{ role: rep, allow: [{ scope: tool:read, when: has(args.quarter) }] }]");
    const target = createTool({ ...described, ...(inputSchema && { inputSchema }), execute: record }) as Tool;
    expect(await execute(withAuthorization({ read: target }, options({ policy: narrow })), "read", given)).toBe(
      "12 deals",
    );
    expect(calls).toEqual([expected]);
  });

  it("and a schema that goes on changing what it made is denied", async () => {
    const pay = reshaped(({ amount }) => ({ amount: Number(amount) * 10 }));
    const small = parsePolicy("policies: [{ role: rep, allow: [{ scope: tool:pay, when: args.amount <= 10.0 }] }]");
    const tools = withAuthorization({ pay }, options({ policy: small }));
    await expect(execute(tools, "pay", { amount: 1 })).rejects.toEqual(invalid);
    expect(calls).toEqual([]);
  });

  it("and one that changes it just once more is judged by what it comes to", async () => {
    const pay = reshaped(({ amount }) => ({ amount: Math.min(Number(amount) * 10, 100) }));
    const small = parsePolicy("policies: [{ role: rep, allow: [{ scope: tool:pay, when: args.amount <= 10.0 }] }]");
    await expect(
      execute(withAuthorization({ pay }, options({ policy: small })), "pay", { amount: 10 }),
    ).rejects.toThrow("condition_failed");
    expect(calls).toEqual([]);
  });

  it("and with a copy of its own", async () => {
    const input = { quarter: "Q1" };
    const audit = { append: async () => void Object.assign(input, { quarter: "Q9" }) };
    const open = createTool({ ...described, execute: record });
    await execute(withAuthorization({ read: open }, options({ audit })), "read", input);
    expect({ input, calls }).toEqual({ input: { quarter: "Q9" }, calls: [{ quarter: "Q1" }] });
  });

  it("or not at all, where that is not a JSON object", async () => {
    for (const value of [
      new Date(),
      [1],
      "text",
      null,
      { when: new Date() },
      { all: new Map() },
      { self: undefined, n: 1n },
    ]) {
      const tools = withAuthorization({ read: reshaped(() => value) }, options());
      await expect(execute(tools, "read", {})).rejects.toEqual(invalid);
    }
    expect(calls).toEqual([]);
  });

  it("also when it is resumed, for which Mastra does not apply its schema", async () => {
    const settings = options();
    const given = { resumeData: { approved: true }, suspendPayload: {} };
    expect(await execute(withAuthorization({ read }, settings), "read", { quarter: 1 }, given)).toMatchObject({
      error: true,
    });
    expect(await execute({ read }, "read", { quarter: 1 }, given)).toBe("12 deals"); // Without a check.
    expect({ calls, records }).toEqual({ calls: [{ quarter: 1 }], records: [] });
  });
});

describe("E4: an answer to what a tool did not ask", () => {
  const resumeData = { approved: true };
  const asked = { suspendPayload: { question: "really?" } };
  it.each<[string, object, boolean]>([
    ["by an agent", { agent: { toolCallId: "c", messages: [], resumeData } }, false],
    ["by an agent whose model gave no id", { resumeData }, false],
    ["by an agent that asked first", { agent: { toolCallId: "c", messages: [], resumeData, ...asked } }, true],
    ["by a workflow, which programs resume", { workflow: { resumeData } }, true],
    ["by an agent in a workflow", { agent: { resumeData }, workflow: {} }, false],
  ])("%s", async (_name, given, runs) => {
    const running = execute(withAuthorization({ read }, options()), "read", { quarter: "Q1" }, given);
    if (runs) expect(await running).toBe("12 deals");
    else await expect(running).rejects.toEqual(invalid);
  });
});

describe("what is around a tool stays", () => {
  it("its class and members, and the given tools are not changed", () => {
    class Marked extends Tool {
      readonly #text = "read";
      get text() {
        return this.#text;
      }
    }
    const given = Object.freeze(
      Object.defineProperty(new Marked({ ...described, outputSchema: z.string(), execute: record }), "hidden", {
        value: 7,
      }),
    );
    const before = given.execute;
    const { read: wrapped } = withAuthorization({ read: given }, options());
    expect(wrapped).toBeInstanceOf(Marked);
    expect({ hidden: Reflect.get(wrapped, "hidden"), schema: wrapped.outputSchema }).toEqual({
      hidden: 7,
      schema: given.outputSchema,
    });
    expect(given.execute).toBe(before);
    expect(wrapped.execute).not.toBe(before);
  });

  it("what listens to its input, though not to a model's answer in it", async () => {
    const heard: unknown[] = [];
    const onInputAvailable = ({ input }: { input: unknown }) => void heard.push(input);
    const { read: wrapped } = withAuthorization(
      { read: createTool({ ...described, onInputAvailable, execute: record }) },
      options(),
    );
    for (const input of [{ quarter: "Q1", resumeData: 1 }, "text", null, Object.freeze({ resumeData: 1 })]) {
      await wrapped.onInputAvailable?.({ input, toolCallId: "c", messages: [] });
    }
    expect(heard).toEqual([{ quarter: "Q1" }, "text", null, { resumeData: 1 }]);
  });

  it("an error of its own stays its own", async () => {
    const fault = new Error("no such quarter");
    const failing = createTool({ ...described, execute: () => Promise.reject(fault) });
    await expect(execute(withAuthorization({ read: failing }, options()), "read", {})).rejects.toBe(fault);
    expect(outcomes()).toEqual(["failed 0.10"]);
  });

  it("it may be called with no context at all", async () => {
    const tools = withAuthorization({ read }, options());
    const run = tools.read.execute as (input: object) => Promise<unknown>; // Its type asks for a context.
    expect(await run({ quarter: "Q1" })).toBe("12 deals");
  });
});

describe("what a call really cost, told from what the tool gave", () => {
  const actualCost = { read: (result: { price: string }) => result.price };
  it("is charged in place of what was reserved", async () => {
    const priced = createTool({ ...described, execute: async () => ({ price: "0.03" }) });
    await execute(withAuthorization({ read: priced }, { ...options(), actualCost }), "read", {});
    expect(outcomes()).toEqual(["succeeded 0.03"]);
  });

  it("is not told where the result is not of the tool's schema: the reservation is charged", async () => {
    const outputSchema = z.object({ deals: z.number() });
    const execution = async () => ({ price: "0.03" }) as never; // Not what its schema says.
    const wrong = createTool({ ...described, outputSchema, execute: execution });
    await execute(withAuthorization({ read: wrong }, { ...options(), actualCost }), "read", {});
    expect(outcomes()).toEqual(["failed 0.10"]);
  });
});

describe("E4: tools whose calls cannot be judged", () => {
  const searching = { type: "provider", id: "openai.web_search", args: {}, inputSchema: z.object({}) };
  const agent = new Agent({ id: "a", name: "a", instructions: "x", model: "openai/gpt-5" });
  const workflow = createWorkflow({ id: "w", inputSchema: z.object({}), outputSchema: z.object({}) });
  const byHand = { id: "x", description: "d", inputSchema: z.object({}), execute: async () => expect.unreachable() };
  it.each<[string, unknown, string]>([
    ["a tool that the provider runs", searching, "the provider runs it"],
    ["one that has a body beside", { ...searching, execute: async () => "" }, "the provider runs it"],
    [
      "one made of another tool",
      Object.assign(createTool({ ...described, execute: record }), searching),
      "the provider",
    ],
    ["Mastra's web search", webSearchTool, "createTool()"],
    ["a tool that a client runs", createTool(described), "no execute"],
    ["a tool of the AI SDK", tool({ inputSchema: z.object({}), execute: async () => "" }), "createTool()"],
    ["a tool made by hand", byHand, "createTool()"],
    ["an agent", agent, "createTool()"],
    ["a workflow", workflow, "createTool()"],
    ["nothing", undefined, "createTool()"],
  ])("are refused when they are wrapped, unless they are listed: %s", (_name, target, why) => {
    const tools = { read: target } as ToolsInput; // Some are no tools by their types.
    const wrap = () => withAuthorization(tools, options());
    expect(wrap).toThrow(UngovernableToolError);
    expect(wrap).toThrow(why);
    expect(() => withAuthorization(tools, { ...options(), ungoverned: ["another"] })).toThrow(UngovernableToolError);
    expect(withAuthorization(tools, { ...options(), ungoverned: ["read"] })).toEqual(tools);
  });

  it("do not count among the ungoverned where they can be judged", async () => {
    const tools = withAuthorization({ send: read }, { ...options(), ungoverned: ["send"] });
    await expect(execute(tools, "send", { quarter: "Q1" })).rejects.toThrow(denial);
  });

  it("a tool that another copy of Mastra made is judged like any other", async () => {
    const other = createRequire(import.meta.url)("@mastra/core/tools") as { createTool: typeof createTool };
    const foreign = other.createTool({ ...described, inputSchema: z.object({ quarter: z.string() }), execute: record });
    expect(foreign).not.toBeInstanceOf(Tool);
    const tools = withAuthorization({ read: foreign, send: foreign }, options());
    expect(await execute(tools, "read", { quarter: "Q1" })).toBe("12 deals");
    await expect(execute(tools, "send", { quarter: "Q1" })).rejects.toThrow(denial);
  });
});

describe("wrapping again", () => {
  it("with the same guard changes nothing", () => {
    const settings = options();
    const tools = withAuthorization({ read }, settings);
    expect(withAuthorization(tools, { ...settings }).read).toBe(tools.read);
  });

  it("E4: under another name, it is judged by that name too", async () => {
    const settings = options();
    const { read: once } = withAuthorization({ read }, settings);
    await expect(execute(withAuthorization({ send: once }, settings), "send", { quarter: "Q1" })).rejects.toThrow(
      denial,
    );
    expect(calls).toEqual([]);
  });

  it("with another, both judge, and what one of them denies has not succeeded", async () => {
    const outer = options();
    await execute(withAuthorization(withAuthorization({ read }, options()), outer), "read", { quarter: "Q1" });
    expect({ calls, outcomes: outcomes() }).toEqual({
      calls: [{ quarter: "Q1" }],
      outcomes: ["succeeded 0.10", "succeeded 0.10"],
    });
    const strict = withAuthorization({ read }, options({ policy: parsePolicy("") }));
    await expect(execute(withAuthorization(strict, outer), "read", { quarter: "Q1" })).rejects.toThrow(
      "tool_call_denied",
    );
    expect(outcomes().at(-1)).toBe("failed 0.10");
  });
});
