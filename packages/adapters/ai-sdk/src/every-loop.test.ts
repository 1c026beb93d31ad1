import { AsyncLocalStorage } from "node:async_hooks";
import { type AuditRecord, type CallContext, createAuthorizer, parsePolicy, UngovernableToolError } from "@ambit/core";
import type * as ai6 from "ai6";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { AuthorizationOptions, ToolExecution } from "./authorization-options.ts";
import { loops, scripted, type Version } from "./sdk-versions.test-support.ts";
import { withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
tools:
  read: { scope: tool:read, cost: 0.02 }
  watch: { scope: tool:watch, cost: 0.02 }
  delegate: { scope: tool:delegate }
  report: { scope: tool:report }
  erase: { scope: tool:erase }
policies:
  - role: rep
    allow: [tool:read, tool:watch, tool:delegate, { scope: tool:report, when: args.quarter == "Q1" }]
    deny: [tool:erase]
  - role: manager
    allow: ["tool:**"]
budgets: [{ per: user, limit: "0.05", window: day }]
`);

function contextOf(role: string): CallContext {
  return { subject: { id: role, roles: [role], scopes: ["tool:**"] }, actor: { id: "assistant" }, session: "s1" };
}

/** An authorizer of its own, and what it has recorded. */
function setUp(source: AuthorizationOptions["context"] = contextOf("rep"), audited = (_record: AuditRecord) => {}) {
  const records: AuditRecord[] = [];
  const append = async (record: AuditRecord) => {
    records.push(record);
    audited(record);
  };
  const options = { authorizer: createAuthorizer({ policy, audit: { append }, clock: () => 0 }), context: source };
  const wrap = (tools: object, more: Partial<AuthorizationOptions> = {}): unknown =>
    withAuthorization(tools as ai6.ToolSet, { ...options, ...more });
  const outcomes = () =>
    records.flatMap((record) => (record.type === "outcome" ? [`${record.status} ${record.cost}`] : []));
  return { options, records, wrap, outcomes };
}

const denied = (code: string) => ({ type: "error-text", value: expect.stringContaining(`"code":"${code}"`) });
const text = (value: string) => ({ type: "text", value });
const empty = z.object({});

/** What a provider runs, as each version's providers define it. */
const providerTools: Record<Version, object> = {
  "7": {
    type: "provider",
    id: "p.search",
    args: {},
    inputSchema: empty,
    outputSchema: z.any(),
    isProviderExecuted: true,
  },
  "6": { type: "provider", id: "p.search", args: {}, inputSchema: empty },
  "5": { type: "provider-defined", id: "p.search", name: "search", args: {}, inputSchema: empty },
};

describe.each(loops)("AI SDK $version, $loop", ({ version, sdk, run, contextOption }) => {
  /** A tool that notes its calls. */
  function noting(inputSchema: z.ZodType = empty) {
    const runs: unknown[] = [];
    const execute = async (input: unknown) => {
      runs.push(input);
      return "ran";
    };
    return { runs, tool: sdk.tool({ inputSchema, execute } as never) as object };
  }

  it("runs what is permitted, tells the model of what is denied, and goes on", async () => {
    const [read, erase] = [noting(), noting()];
    const { model, seen } = scripted(version, [[{ name: "erase" }, { name: "read" }]]);
    expect(await run({ model, tools: setUp().wrap({ read: read.tool, erase: erase.tool }) })).toBe("done");
    expect(seen()).toEqual([denied("forbidden"), text("ran")]);
    expect([read.runs, erase.runs]).toEqual([[{}], []]);
  });

  it("B1: of the parallel calls of one step only as many run as the budget covers", async () => {
    const { runs, tool } = noting(z.object({ n: z.number() }));
    const { wrap, outcomes } = setUp();
    const { model, seen } = scripted(version, [[1, 2, 3, 4, 5, 6].map((n) => ({ name: "read", input: { n } }))]);
    expect(await run({ model, tools: wrap({ read: tool }) })).toBe("done");
    expect(runs).toEqual([{ n: 1 }, { n: 2 }]);
    expect(seen()).toEqual([text("ran"), text("ran"), ...Array(4).fill(denied("budget_exhausted"))]);
    expect(outcomes()).toEqual(Array(2).fill("succeeded 0.02"));
  });

  it("E4: tools that yield give their last value, and yield nothing where they are denied", async () => {
    const yielded: string[] = [];
    const yielding = (name: string) =>
      sdk.tool({
        inputSchema: empty,
        async *execute() {
          for (const part of ["half", "whole"]) {
            yielded.push(name);
            yield part;
          }
        },
      });
    const { wrap, outcomes } = setUp();
    const { model, seen } = scripted(version, [[{ name: "watch" }, { name: "erase" }]]);
    await run({ model, tools: wrap({ watch: yielding("watch"), erase: yielding("erase") }) });
    expect(seen()).toEqual([text("whole"), denied("forbidden")]);
    expect({ yielded, outcomes: outcomes() }).toEqual({ yielded: ["watch", "watch"], outcomes: ["succeeded 0.02"] });
  });

  it("E4: dynamic tools are judged by the names that they have in the set", async () => {
    const runs: unknown[] = [];
    const execute = async (input: unknown) => `${runs.push(input)}`;
    const dynamic = () => sdk.dynamicTool({ inputSchema: sdk.jsonSchema({ type: "object" }), execute });
    const { model, seen } = scripted(version, [
      [
        { name: "erase", input: { what: "all" } },
        { name: "report", input: { quarter: "Q1" } },
        { name: "report", input: { quarter: "Q2" } },
      ],
    ]);
    await run({ model, tools: setUp().wrap({ erase: dynamic(), report: dynamic() }) });
    expect(seen()).toEqual([denied("forbidden"), text("1"), denied("condition_failed")]);
    expect(runs).toEqual([{ quarter: "Q1" }]);
  });

  it("toModelOutput is given a tool's results, and no denials", async () => {
    const given: unknown[] = [];
    const toModelOutput = (about: unknown) => {
      // In version 5 it is given the output alone.
      given.push(version === "5" ? about : (about as { output: unknown }).output);
      return { type: "text" as const, value: "for the model" };
    };
    const [read, erase] = [noting(), noting()];
    const { model, seen } = scripted(version, [[{ name: "read" }, { name: "erase" }]]);
    const tools = { read: { ...read.tool, toModelOutput }, erase: { ...erase.tool, toModelOutput } };
    await run({ model, tools: setUp().wrap(tools) });
    expect(seen()).toEqual([text("for the model"), denied("forbidden")]);
    // A stream makes the output once for its parts and again for the prompt.
    expect(new Set(given)).toEqual(new Set(["ran"]));
  });

  it("E4: what the provider runs is refused, and governs nothing else where it is listed", async () => {
    const { wrap, records } = setUp();
    const { runs, tool } = noting();
    const tools = { search: providerTools[version], erase: tool };
    expect(() => wrap(tools)).toThrow(UngovernableToolError);
    const { model, seen } = scripted(version, [[{ name: "search", providerResult: "found" }, { name: "erase" }]]);
    expect(await run({ model, tools: wrap(tools, { ungoverned: ["search"] }) })).toBe("done");
    expect({ seen: seen(), runs }).toEqual({ seen: [denied("forbidden")], runs: [] });
    expect(records).toMatchObject([{ tool: "erase" }]);
  });

  it("E4: what a client runs is refused, and ends the loop where it is listed", async () => {
    const { wrap, records } = setUp();
    const tools = { ask: sdk.tool({ inputSchema: empty } as never) };
    expect(() => wrap(tools)).toThrow(UngovernableToolError);
    const { model, prompts } = scripted(version, [[{ name: "ask" }]]);
    await run({ model, tools: wrap(tools, { ungoverned: ["ask"] }) });
    expect({ steps: prompts().length, records }).toEqual({ steps: 1, records: [] });
  });

  it("B10, S2: an agent within a tool is judged as the same user, and spends the same budget", async () => {
    const { wrap, records, outcomes } = setUp();
    const [inner, outer, erase] = [noting(), noting(), noting()];
    const below = scripted(version, [[{ name: "read" }, { name: "erase" }], [{ name: "read" }]]);
    const delegate = sdk.tool({
      inputSchema: empty,
      execute: () => run({ model: below.model, tools: wrap({ read: inner.tool, erase: erase.tool }) }),
    });
    const above = scripted(version, [[{ name: "delegate" }], [{ name: "read" }]]);
    expect(await run({ model: above.model, tools: wrap({ delegate, read: outer.tool }) })).toBe("done");
    expect(below.seen(1)).toEqual([text("ran"), denied("forbidden")]);
    expect(above.seen()).toEqual([text("done"), denied("budget_exhausted")]);
    expect([inner.runs.length, outer.runs.length, erase.runs.length]).toEqual([2, 0, 0]);
    expect(outcomes()).toEqual(["succeeded 0.02", "succeeded 0.02", "succeeded 0.00"]);
    const sessions = records.flatMap((record) => (record.type === "decision" ? [record.session] : []));
    expect(new Set(sessions)).toEqual(new Set(["s1"]));
  });

  describe("E2: what is judged is what the tool would be given", () => {
    const quarters = z.object({ quarter: z.string() });

    it.each<[string, object, string, readonly unknown[], unknown]>([
      ["a repaired input", { input: '{"quarter":"Q1"}' }, "report", [{ quarter: "Q1" }], text("ran")],
      ["a repaired input that is denied", { input: '{"quarter":"Q2"}' }, "report", [], denied("condition_failed")],
      ["a repaired name that is denied", { toolName: "erase", input: "{}" }, "erase", [], denied("forbidden")],
    ])("%s", async (_name, repaired, tool, ran, output) => {
      const { wrap, records } = setUp();
      const [report, erase] = [noting(quarters), noting()];
      const { model, seen } = scripted(version, [[{ name: "report", input: { quarter: 1 } }]]);
      const repair = async ({ toolCall }: { toolCall: object }) => ({ ...toolCall, ...repaired });
      const tools = wrap({ report: report.tool, erase: erase.tool });
      expect(await run({ model, tools, experimental_repairToolCall: repair })).toBe("done");
      expect(seen()).toEqual([output]);
      expect(records[0]).toMatchObject({ tool });
      expect([report.runs, erase.runs]).toEqual([ran, []]);
    });

    it("an input that its schema changed", async () => {
      const schema = z.object({ quarter: z.string().transform((quarter) => quarter.toUpperCase()) });
      const { runs, tool } = noting(schema);
      const inputs = ["q1", "q2"].map((quarter) => ({ name: "report", input: { quarter } }));
      const { model, seen } = scripted(version, [inputs]);
      await run({ model, tools: setUp().wrap({ report: tool }) });
      expect({ seen: seen(), runs }).toEqual({
        seen: [text("ran"), denied("condition_failed")],
        runs: [{ quarter: "Q1" }],
      });
    });

    it("an input that the application refines, which version 7 alone lets it do", async () => {
      const { runs, tool } = noting(quarters);
      const refine = { report: (input: { quarter: string }) => ({ quarter: input.quarter.replace("first", "Q1") }) };
      const inputs = ["first", "second"].map((quarter) => ({ name: "report", input: { quarter } }));
      const { model, seen } = scripted(version, [inputs]);
      await run({ model, tools: setUp().wrap({ report: tool }), experimental_refineToolInput: refine });
      const first = version === "7" ? text("ran") : denied("condition_failed");
      expect(seen()).toEqual([first, denied("condition_failed")]);
      expect(runs).toEqual(version === "7" ? [{ quarter: "Q1" }] : []);
    });

    it("nothing, where the input does not fit its schema: there is no call then", async () => {
      const { wrap, records } = setUp();
      const { runs, tool } = noting(quarters.refine(({ quarter }) => quarter !== "Q1"));
      const { model } = scripted(version, [[{ name: "report", input: { quarter: "Q1" } }]]);
      expect(await run({ model, tools: wrap({ report: tool }) })).toBe("done");
      expect({ records, runs }).toEqual({ records: [], runs: [] });
    });
  });

  describe.each(["ordinary", "yielding"])("of an %s tool, a call", (kind) => {
    function toolOf(work: () => unknown) {
      if (kind === "ordinary") return sdk.tool({ inputSchema: empty, execute: async () => work() });
      return sdk.tool({
        inputSchema: empty,
        async *execute() {
          yield work();
        },
      });
    }

    /** Whether the whole budget of two calls is there. */
    async function expectWholeBudget(wrap: ReturnType<typeof setUp>["wrap"]) {
      const { runs, tool } = noting();
      const { model } = scripted(version, [[{ name: "read" }, { name: "read" }]]);
      await run({ model, tools: wrap({ read: tool }) });
      expect(runs).toHaveLength(2);
    }

    it("B6: that is aborted once it is decided does not start, and what was reserved is released", async () => {
      const controller = new AbortController();
      const { wrap, outcomes } = setUp(contextOf("rep"), ({ type }) => {
        if (type === "decision") controller.abort(new Error("the user left"));
      });
      const started: unknown[] = [];
      const { model } = scripted(version, [[{ name: "read" }, { name: "read" }]]);
      const tools = wrap({ read: toolOf(() => started.push(1)) });
      await run({ model, tools, abortSignal: controller.signal }).catch(() => {});
      await expect.poll(outcomes).toEqual(["not_started 0.00", "not_started 0.00"]);
      expect(started).toEqual([]);
      await expectWholeBudget(wrap);
    });

    it.each([
      ["the whole run", version === "5" ? undefined : { totalMs: 20 }],
      ...(version === "7" ? [["one tool", { toolMs: 20 }] as const] : []),
    ] as const)("B6: that is timed out before it is decided does not start (%s)", async (_name, timeout) => {
      const waits = async ({ abortSignal }: ToolExecution) => {
        if (abortSignal?.aborted === false) await new Promise((resolve) => (abortSignal.onabort = resolve));
        return contextOf("rep");
      };
      const { wrap, options } = setUp();
      const started: unknown[] = [];
      const { model } = scripted(version, [[{ name: "read" }]]);
      const tools = wrap({ read: toolOf(() => started.push(1)) }, { context: waits });
      // Version 5 has no timeouts of its own.
      const limit = timeout === undefined ? { abortSignal: AbortSignal.timeout(20) } : { timeout };
      await run({ model, tools, ...limit }).catch(() => {});
      expect(started).toEqual([]);
      await expectWholeBudget((given) => withAuthorization(given as ai6.ToolSet, options));
    });

    it("B6: that is aborted after it has started is charged", async () => {
      const controller = new AbortController();
      const { wrap, outcomes } = setUp();
      const { model } = scripted(version, [[{ name: "read" }]]);
      const work = () => {
        controller.abort(new Error("the user left"));
        controller.signal.throwIfAborted();
      };
      await run({ model, tools: wrap({ read: toolOf(work) }), abortSignal: controller.signal }).catch(() => {});
      await expect.poll(outcomes).toEqual(["failed 0.02"]);
    });
  });

  describe("E4: two requests at once are judged each as its own user's", () => {
    const roles = ["rep", "manager"];
    const outputs = [[denied("forbidden")], [text("ran")]];

    it("by the framework's own context", async () => {
      const users = new Map(roles.map((role) => [`${role}-token`, contextOf(role)]));
      const tools = setUp(({ context }) => users.get(String(context))).wrap({ erase: noting().tool });
      const scripts = roles.map(() => scripted(version, [[{ name: "erase" }]]));
      await Promise.all(
        scripts.map(({ model }, n) => run({ model, tools, ...contextOption("erase", `${roles[n]}-token`) })),
      );
      expect(scripts.map(({ seen }) => seen())).toEqual(outputs);
    });

    it("by AsyncLocalStorage, also of an agent within a tool", async () => {
      const requests = new AsyncLocalStorage<CallContext>();
      const { wrap } = setUp(() => requests.getStore());
      const inner = roles.map(() => scripted(version, [[{ name: "erase" }]]));
      const delegate = (model: never) =>
        sdk.tool({ inputSchema: empty, execute: () => run({ model, tools: wrap({ erase: noting().tool }) }) });
      await Promise.all(
        inner.map(({ model }, n) => {
          const outer = scripted(version, [[{ name: "delegate" }]]);
          const tools = wrap({ delegate: delegate(model) });
          return requests.run(contextOf(roles[n] ?? ""), () => run({ model: outer.model, tools }));
        }),
      );
      expect(inner.map(({ seen }) => seen())).toEqual(outputs);
    });

    it("by neither, where there is none: then nothing runs", async () => {
      const { runs, tool } = noting();
      const { model, seen } = scripted(version, [[{ name: "read" }]]);
      await run({ model, tools: setUp(({ context }) => context as CallContext | undefined).wrap({ read: tool }) });
      expect({ seen: seen(), runs }).toEqual({ seen: [denied("unauthenticated")], runs: [] });
    });
  });

  it("E7: what a tool gave is withheld where the session may not have it", async () => {
    const classified = parsePolicy(`
tools:
  fetch: { scope: tool:web:read, classify: [{ by: scanner, labels: [private-data] }] }
  post: { scope: tool:web:write }
policies: [{ role: rep, allow: ["tool:**"] }]
rules: [{ id: r, after: tool:web:write, deny: label:private-data }]
`);
    const scanner = ({ content }: { content: unknown }) => (content === "ran" ? ["private-data"] : []);
    const authorizer = createAuthorizer({ policy: classified, classifiers: { scanner } });
    const [fetch, post] = [noting(), noting()];
    const { model, seen } = scripted(version, [[{ name: "post" }], [{ name: "fetch" }]]);
    await run({ model, tools: setUp().wrap({ fetch: fetch.tool, post: post.tool }, { authorizer }) });
    const withheld = { type: "error-text", value: expect.stringContaining('"error":"tool_result_withheld"') };
    expect({ seen: seen(), runs: fetch.runs.length }).toEqual({ seen: [text("ran"), withheld], runs: 1 });
  });
});
