import {
  type AuditLog,
  type AuditRecord,
  type AuthorizerOptions,
  type CallContext,
  createAuthorizer,
  parsePolicy,
  ToolCallDeniedError,
  UngovernableToolError,
} from "@ambit/core";
import * as ai7 from "ai";
import type * as ai6 from "ai6";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { AuthorizationOptions } from "./authorization-options.ts";
import { partsOf, scripted, versions } from "./sdk-versions.test-support.ts";
import { withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
tools:
  read: { scope: tool:crm:read, cost: 0.02 }
  send: { scope: tool:email:send:external }
  stream: { scope: tool:crm:read }
  constructor: { scope: tool:email:send:external }
policies:
  - role: rep
    allow: [tool:crm:read]
    deny: [tool:email:send:external]
budgets:
  - { per: user, limit: "0.05", window: day }
`);
const context: CallContext = {
  subject: { id: "u1", roles: ["rep"], scopes: ["tool:**"] },
  actor: { id: "sales-assistant" },
  session: "s1",
};
const secret = "hunter2";
const denial =
  '{"error":"tool_call_denied","code":"forbidden","message":"role:rep denied tool:email:send:external","retryable":false}';

function options(more: Partial<AuthorizerOptions> = {}): AuthorizationOptions {
  return { authorizer: createAuthorizer({ policy, ...more }), context };
}

const unreachable = (): string => expect.unreachable("the tool ran");

describe.each(versions)("AI SDK $version", ({ version, sdk, stop, contextOption }) => {
  const wrap = <T>(tools: T, settings: AuthorizationOptions = options()): T =>
    withAuthorization(tools as unknown as ai7.ToolSet, settings) as unknown as T; // Tools of both versions in one test.
  const generate = (model: never, tools: unknown, more: object = {}) =>
    sdk.generateText({ model, tools: tools as ai6.ToolSet, prompt: "go", stopWhen: stop(5), ...more });
  const inputSchema = z.object({ quarter: z.string() });
  const calls: unknown[] = [];
  const read = sdk.tool({ inputSchema, execute: async (input: unknown) => `${calls.push(input) && "12 deals"}` });
  const send = sdk.tool({ inputSchema: z.object({}), execute: async () => unreachable() });

  it("a permitted call runs once, with the judged arguments, and the model gets its result", async () => {
    calls.length = 0;
    const script = scripted(version, [[{ name: "read", input: { quarter: "Q1" } }]]);
    expect((await generate(script.model, wrap({ read }))).text).toBe("done");
    expect(calls).toEqual([{ quarter: "Q1" }]);
    expect(script.seen(1)).toEqual([{ type: "text", value: "12 deals" }]);
  });

  it("a denied call does not run; the model reads why, in one line, and the run goes on", async () => {
    const script = scripted(version, [[{ name: "send", input: {} }]]);
    const result = await generate(script.model, wrap({ send }));
    expect(result.text).toBe("done");
    expect(script.seen(1)).toEqual([{ type: "error-text", value: denial }]);
    const [part] = result.steps[0]?.content.filter(({ type }) => type === "tool-error") ?? [];
    const error: unknown = part !== undefined && "error" in part ? part.error : undefined;
    expect(ToolCallDeniedError.isInstance(error) && error.decision.code).toBe("forbidden");
    expect(JSON.stringify(error)).not.toContain("required");
  });

  it("the same when it streams", async () => {
    const script = scripted(version, [
      [
        { name: "send", input: {} },
        { name: "read", input: { quarter: "Q1" } },
      ],
    ]);
    const result = sdk.streamText({
      model: script.model,
      tools: wrap({ send, read }) as ai6.ToolSet,
      prompt: "go",
      stopWhen: stop(5),
    });
    expect(await result.text).toBe("done");
    expect(script.seen(1)).toEqual([
      { type: "error-text", value: denial },
      { type: "text", value: "12 deals" },
    ]);
  });

  it("B1: of the parallel calls of one step only as many run as the budget covers", async () => {
    calls.length = 0;
    const script = scripted(version, [
      Array.from({ length: 6 }, (_, n) => ({ name: "read", input: { quarter: `Q${n}` } })),
    ]);
    await generate(script.model, wrap({ read }));
    expect(calls).toHaveLength(2);
    expect(script.seen(1).filter(({ value }) => String(value).includes("budget_exhausted"))).toHaveLength(4);
  });

  it("E2: a tool gets the judged copy, whatever becomes of the input meanwhile", async () => {
    const input = { quarter: "Q1" };
    const settings = options({
      audit: {
        append: async () => {
          input.quarter = "changed";
        },
      },
    });
    let got: unknown;
    const tools = wrap(
      {
        read: sdk.tool({
          inputSchema,
          execute: async (args: unknown) => {
            got = args;
            return 1;
          },
        }),
      },
      settings,
    );
    await tools.read.execute?.(input, { toolCallId: "c", messages: [] });
    expect(got).toEqual({ quarter: "Q1" });
  });

  it("input that is not JSON after its schema is denied, not guessed at", async () => {
    const schema = z.object({ when: z.string().transform((text) => new Date(text)) });
    const tools = wrap({ read: sdk.tool({ inputSchema: schema, execute: async () => unreachable() }) });
    const script = scripted(version, [[{ name: "read", input: { when: "2026-01-01" } }]]);
    await generate(script.model, tools);
    expect(script.seen(1)).toMatchObject([{ value: expect.stringContaining("invalid_arguments") }]);
  });

  describe("tools that yield", () => {
    const stream = sdk.tool({
      inputSchema: z.object({}),
      async *execute() {
        yield "half";
        yield "whole";
      },
    });

    it("keep their preliminary results, and the model gets the last", async () => {
      const script = scripted(version, [[{ name: "stream", input: {} }]]);
      const result = sdk.streamText({
        model: script.model,
        tools: wrap({ stream }) as ai6.ToolSet,
        prompt: "go",
        stopWhen: stop(5),
      });
      const parts: unknown[] = [];
      for await (const part of partsOf(result)) {
        if (part.type === "tool-result" && "output" in part) parts.push(part.output);
      }
      expect(parts).toEqual(["half", "whole", "whole"]);
      expect(script.seen(1)).toEqual([{ type: "text", value: "whole" }]);
    });

    it("yield nothing when they are denied, and are not started", async () => {
      const script = scripted(version, [[{ name: "send", input: {} }]]);
      const denied = sdk.tool({
        inputSchema: z.object({}),
        async *execute() {
          yield unreachable();
        },
      });
      await generate(script.model, wrap({ send: denied }));
      expect(script.seen(1)).toEqual([{ type: "error-text", value: denial }]);
    });

    it.each([
      [undefined, ["b"]],
      [{ stream: true }, ["a", "b"]],
    ])("may be ordinary functions: streaming %j yields %j", async (streaming, expected) => {
      const values = async function* () {
        yield "a";
        yield "b";
      };
      const tools = wrap(
        { stream: sdk.tool({ inputSchema: z.object({}), execute: () => values() }) },
        { ...options(), streaming },
      );
      const result: unknown = tools.stream.execute?.({}, { toolCallId: "c", messages: [] });
      const got: unknown[] = [];
      if (streaming) for await (const value of result as AsyncIterable<unknown>) got.push(value);
      else got.push(await result);
      expect(got).toEqual(expected);
    });

    it("are settled when their reader stops early", async () => {
      const records: AuditRecord[] = [];
      const tools = wrap({ stream }, options({ audit: { append: async (record) => void records.push(record) } }));
      const values = tools.stream.execute?.({}, { toolCallId: "c", messages: [] }) as AsyncGenerator<unknown>;
      expect((await values.next()).value).toBe("half");
      await values.return(undefined);
      expect(records.at(-1)).toMatchObject({ type: "outcome", status: "aborted" });
    });
  });

  describe("S5: a result that says that the tool failed", () => {
    const failure = { content: [], isError: true };
    const given = { toolCallId: "c", messages: [] };
    const audited = () => {
      const statuses: string[] = [];
      const append: AuditLog["append"] = async (record) => {
        if (record.type === "outcome") statuses.push(`${record.status} ${record.cost}`);
      };
      return { statuses, settings: options({ audit: { append } }) };
    };
    const tool = (execute: (input: unknown) => unknown) => sdk.tool({ inputSchema: z.object({}), execute } as never);
    const valuesOf = async (result: unknown) =>
      Symbol.asyncIterator in Object(result)
        ? await Array.fromAsync(result as AsyncIterable<unknown>)
        : [await (result as Promise<unknown>)];

    it.each<[string, object, unknown[], string]>([
      ["of an ordinary tool", { execute: async () => failure }, [failure], "failed 0.02"],
      [
        "that is the last of a tool that yields",
        {
          async *execute() {
            yield 1;
            yield failure;
          },
        },
        [1, failure],
        "failed 0.02",
      ],
      [
        "that is followed by another",
        {
          async *execute() {
            yield failure;
            yield 1;
          },
        },
        [failure, 1],
        "succeeded 0.02",
      ],
      ["that is only inherited", { execute: async () => Object.create(failure) }, [{}], "failed 0.02"],
      ["that does not say true", { execute: async () => ({ isError: 1 }) }, [{ isError: 1 }], "succeeded 0.02"],
    ])("%s is given as it is, and counted by what it says", async (_name, body, values, status) => {
      const { statuses, settings } = audited();
      const tools = wrap({ read: { ...tool(unreachable), ...body } }, { ...settings, actualCost: {} });
      const { execute } = tools.read as { execute: (input: unknown, about: unknown) => unknown };
      expect(await valuesOf(execute({}, given))).toEqual(values);
      expect(statuses).toEqual([status]);
    });

    it.each([false, true])("is an error where the tool throws it (streaming: %s)", async (streams) => {
      const { statuses, settings } = audited();
      const body = async () => Promise.reject(failure);
      const tools = wrap({ read: tool(body) }, { ...settings, streaming: { read: streams } });
      const { execute } = tools.read as { execute: (input: unknown, about: unknown) => unknown };
      await expect(valuesOf(execute({}, given))).rejects.toBe(failure);
      expect(statuses).toEqual(["failed 0.02"]);
    });
  });

  describe("what the author made of the tool stays", () => {
    it("all execute options arrive, and `this` is the tool", async () => {
      class Reader {
        readonly inputSchema = inputSchema;
        #deals = 12;
        seen: unknown;
        async execute(_input: unknown, given: unknown) {
          this.seen = given;
          return this.#deals;
        }
      }
      const reader = new Reader();
      const tools = wrap({ read: reader });
      const given = { toolCallId: "c", messages: [], anything: Symbol("else") };
      expect(await tools.read.execute({ quarter: "Q1" }, given)).toBe(12);
      expect(reader.seen).toBe(given);
    });

    it("toModelOutput is used for results and not for denials", async () => {
      const toModelOutput = () => ({ type: "text" as const, value: "for the model" });
      const script = scripted(version, [
        [
          { name: "read", input: { quarter: "Q1" } },
          { name: "send", input: {} },
        ],
      ]);
      await generate(script.model, wrap({ read: { ...read, toModelOutput }, send: { ...send, toModelOutput } }));
      expect(script.seen(1)).toEqual([
        { type: "text", value: "for the model" },
        { type: "error-text", value: denial },
      ]);
    });

    it("the given tools are not changed, and hidden members are kept", () => {
      const marked = Object.defineProperty({ ...read }, "hidden", { value: 7 });
      const before = marked.execute;
      const tools = wrap({ read: marked });
      expect(marked.execute).toBe(before);
      expect(Reflect.get(tools.read, "hidden")).toBe(7);
      expect(tools.read.execute).not.toBe(before);
    });

    it("a tool's own error stays its own", async () => {
      const fault = new Error("no such quarter");
      const script = scripted(version, [[{ name: "read", input: { quarter: "Q9" } }]]);
      await generate(
        script.model,
        wrap({
          read: {
            ...read,
            execute: async () => {
              throw fault;
            },
          },
        }),
      );
      expect(script.seen(1)).toMatchObject([{ type: "error-text", value: expect.stringContaining("no such quarter") }]);
      const { execute } = wrap({
        read: {
          ...read,
          execute: async (_input: unknown) => {
            throw fault;
          },
        },
      }).read;
      await expect(execute({ quarter: "Q9" })).rejects.toBe(fault);
    });
  });

  describe("the context", () => {
    it.each([
      ["known beforehand", { ...context, grant: [] }],
      ["resolved for each call", () => ({ ...context, grant: [] })],
    ])("narrows the call to what the task was given (%s)", async (_name, narrowed) => {
      const script = scripted(version, [[{ name: "read", input: { quarter: "Q1" } }]]);
      calls.length = 0;
      await generate(script.model, wrap({ read }, { ...options(), context: narrowed }));
      expect(calls).toEqual([]);
      expect(script.seen(1)).toMatchObject([{ value: expect.stringContaining("this task was not given it") }]);
    });

    it("is resolved for each call from the application's own context", async () => {
      const seen: unknown[] = [];
      const resolve: AuthorizationOptions["context"] = (execution) => {
        seen.push(execution.toolName, execution.context);
        return context;
      };
      const script = scripted(version, [[{ name: "read", input: { quarter: "Q1" } }]]);
      await generate(
        script.model,
        wrap({ read }, { ...options(), context: resolve }),
        contextOption("read", { user: "u1" }),
      );
      expect(seen).toEqual(["read", { user: "u1" }]);
    });

    it.each<[string, () => CallContext | undefined | Promise<undefined>]>([
      ["is undefined", () => undefined],
      [
        "throws",
        () => {
          throw new Error(secret);
        },
      ],
      ["rejects", () => Promise.reject(new Error(secret))],
      ["gives rubbish", () => JSON.parse(`{"subject":"${secret}"}`)],
      [
        "throws when it is read",
        () => ({
          get subject(): never {
            throw new Error(secret);
          },
          actor: { id: "a" },
          session: "s",
        }),
      ],
    ])("that %s denies, and the model learns nothing of why", async (_name, resolve) => {
      const script = scripted(version, [[{ name: "read", input: { quarter: "Q1" } }]]);
      calls.length = 0;
      await generate(script.model, wrap({ read }, { ...options(), context: resolve }));
      expect(calls).toEqual([]);
      expect(script.seen(1)).toMatchObject([{ value: expect.stringContaining("unauthenticated") }]);
      expect(JSON.stringify(script.prompts())).not.toContain(secret);
    });
  });

  it.each<[string, Partial<AuthorizerOptions>]>([
    ["the audit log fails", { audit: { append: () => Promise.reject(new Error(secret)) } }],
    [
      "the store fails",
      {
        store: {
          apply: () => {
            throw new Error(secret);
          },
        },
      },
    ],
    ["there is no policy", { policy: undefined }],
  ])("D3: where %s nothing runs, and the model never sees the error", async (_name, more) => {
    const script = scripted(version, [[{ name: "read", input: { quarter: "Q1" } }]]);
    calls.length = 0;
    expect((await generate(script.model, wrap({ read }, options(more)))).text).toBe("done");
    expect(calls).toEqual([]);
    expect(script.seen(1)).toMatchObject([{ value: expect.stringContaining('"code":"unavailable"') }]);
    expect(JSON.stringify(script.prompts())).not.toContain(secret);
  });

  it("a call that is aborted while it is decided does not start", async () => {
    const controller = new AbortController();
    const audit: AuditLog = { append: async () => controller.abort() };
    calls.length = 0;
    const tools = wrap({ read }, options({ audit }));
    await expect(
      tools.read.execute?.({ quarter: "Q1" }, { toolCallId: "c", messages: [], abortSignal: controller.signal }),
    ).rejects.toThrow(/aborted/);
    expect(calls).toEqual([]);
  });

  it.each([
    [
      "a provider runs",
      { type: "provider", id: "p.search", name: "search", args: {}, inputSchema, isProviderExecuted: true },
    ],
    [
      "a provider defined and runs",
      { type: "provider-defined", id: "p.search", name: "search", args: {}, inputSchema },
    ],
    ["a client runs", { inputSchema }],
  ])("E4: a tool that %s is refused while wrapping, unless it is listed", (_name, tool) => {
    const tools = { search: tool };
    expect(() => wrap(tools)).toThrow(UngovernableToolError);
    expect(wrap(tools, { ...options(), ungoverned: ["search"] }).search).toBe(tool);
  });

  it("tools named like what objects inherit are tools like others", async () => {
    const tools = wrap({ constructor: send });
    expect(Object.keys(tools)).toEqual(["constructor"]);
    const script = scripted(version, [[{ name: "constructor", input: {} }]]);
    await generate(script.model, tools);
    expect(script.seen(1)).toEqual([{ type: "error-text", value: denial }]);
    const set = Object.defineProperty(Object.create(null), "__proto__", { value: send, enumerable: true });
    expect(Object.keys(wrap(set))).toEqual(["__proto__"]);
  });

  it("a tool named constructor is not taken for a streaming one, and a frozen tool can be wrapped", async () => {
    const settings = {
      ...options({ policy: parsePolicy("policies: [{ role: rep, allow: [tool:constructor] }]") }),
      streaming: {},
    };
    const tools = wrap({ constructor: Object.freeze({ ...read }) }, settings);
    const given = { toolCallId: "c", messages: [] };
    expect(await (tools.constructor as typeof read).execute?.({ quarter: "Q1" }, given)).toBe("12 deals");
  });

  it("E4: under another name a wrapped tool is judged by that name too", async () => {
    const guard = { authorizer: createAuthorizer({ policy }), context };
    const read = ai7.tool({ inputSchema: z.object({}), execute: async () => "ran" });
    const renamed = withAuthorization({ send: withAuthorization({ read }, guard).read }, guard);
    const execute = renamed.send.execute as (input: unknown, about: unknown) => unknown;
    await expect(execute({}, { toolCallId: "c1", messages: [] })).rejects.toThrow(denial);
  });

  it.each(["ordinary", "streaming"])(
    "D11: an authorizer that fails denies a tool that is %s, and is not quoted",
    async (kind) => {
      const fails = () => Promise.reject(new Error(secret));
      const authorizer = { ...createAuthorizer({ policy }), run: fails, stream: fails };
      const streaming = { read: kind === "streaming" };
      const { read } = withAuthorization(
        { read: ai7.tool({ inputSchema: z.object({}), execute: unreachable }) },
        { authorizer: authorizer as unknown as AuthorizationOptions["authorizer"], context, streaming },
      );
      const execute = read.execute as (input: unknown, about: unknown) => Promise<unknown> & AsyncGenerator;
      const result = execute({}, { toolCallId: "c1", messages: [] });
      const asked = kind === "streaming" ? result.next() : result;
      await expect(asked).rejects.toThrow('"code":"indeterminate","message":"authorization could not be decided"');
    },
  );

  it("wrapping again with the same guard changes nothing; with another, both guard", async () => {
    const settings = options();
    const tools = wrap({ read }, settings);
    expect(wrap(tools, settings).read).toBe(tools.read);
    const strict = wrap(tools, options({ policy: parsePolicy("") }));
    await expect(strict.read.execute?.({ quarter: "Q1" }, { toolCallId: "c", messages: [] })).rejects.toBeInstanceOf(
      ToolCallDeniedError,
    );
  });
});
