import { inspect } from "node:util";
import {
  type AuthorizerOptions,
  type CallContext,
  createAuthorizer,
  createMemoryAuditLog,
  parsePolicy,
  UngovernableToolError,
} from "@ambit/core";
import * as client2 from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import * as server2 from "@modelcontextprotocol/server";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { AuthInfo, AuthorizationOptions } from "./authorization-options.ts";
import type { RequestServer } from "./guard-requests.ts";
import { withAuthorization } from "./with-authorization.ts";

const policy = parsePolicy(`
tools:
  read: { scope: tool:crm:read, cost: 0.02 }
  text: { scope: tool:crm:read }
  constructor: { scope: tool:crm:read }
  toString: { scope: tool:email:send:external }
  send: { scope: tool:email:send:external }
  fetch: { scope: tool:crm:read, classify: [{ by: content, labels: [private] }] }
policies:
  - role: rep
    allow: [tool:crm:read]
    deny: [tool:email:send:external]
rules:
  - { id: stays, after: tool:crm:read, deny: label:private, message: Private data stays here. }
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
const denied = { content: [{ type: "text", text: denial }], isError: true };
const text = (words: string) => ({ content: [{ type: "text" as const, text: words }] });

function options(more: Partial<AuthorizerOptions> = {}): AuthorizationOptions {
  return { authorizer: createAuthorizer({ policy, ...more }), context };
}

/** What both versions have in common, with the differences in their types left out. */
interface AnyServer {
  readonly server: AnyProtocol;
  registerTool(name: string, config: object, body: (...given: never[]) => unknown): AnyTool;
  connect(transport: object): Promise<void>;
  close(): Promise<void>;
}
interface AnyProtocol extends RequestServer {
  setRequestHandler(method: unknown, handler: (...given: never[]) => unknown): void;
  connect(transport: object): Promise<void>;
}
interface AnyTool {
  handler: unknown;
  update(updates: object): void;
  disable(): void;
  enable(): void;
  remove(): void;
}
interface AnyClient {
  callTool(params: object, ...more: unknown[]): Promise<{ content?: unknown; isError?: boolean }>;
  listTools(): Promise<{ tools: { name: string }[] }>;
  close(): Promise<void>;
}
interface Version {
  readonly newServer: (options?: object) => AnyServer;
  readonly newProtocol: () => AnyProtocol;
  readonly newClient: () => AnyClient & { connect(transport: object): Promise<void> };
  readonly call: unknown;
  readonly list: unknown;
}
const about = { name: "crm", version: "1.0.0" };
const capabilities = { tools: {} };
const versions: Record<string, Version> = {
  "SDK 1": {
    newServer: (more) => new McpServer(about, more) as never,
    newProtocol: () => new Server(about, { capabilities }) as never,
    newClient: () => new Client(about) as never,
    call: CallToolRequestSchema,
    list: ListToolsRequestSchema,
  },
  "SDK 2": {
    newServer: (more) => new server2.McpServer(about, more) as never,
    newProtocol: () => new server2.Server(about, { capabilities }) as never,
    newClient: () => new client2.Client(about) as never,
    call: "tools/call",
    list: "tools/list",
  },
};

const calls: unknown[] = [];
beforeEach(() => void calls.splice(0));
const config = { description: "d", inputSchema: z.object({ quarter: z.string() }) };
const read = async (args: unknown) => text(`${calls.push(args) && "12 deals"}`);
const unreachable = async (): Promise<never> => expect.unreachable("the body was reached");

describe.each(Object.entries(versions))("%s", (_version, { newServer, newProtocol, newClient, call, list }) => {
  const guarded = (more: Partial<AuthorizerOptions> = {}, settings: Partial<AuthorizationOptions> = {}) =>
    withAuthorization(newServer(), { ...options(more), ...settings });

  async function connect(
    server: { connect(transport: object): Promise<void> },
    authInfo?: AuthInfo,
  ): Promise<AnyClient> {
    const [near, far] = InMemoryTransport.createLinkedPair();
    const send = near.send.bind(near);
    if (authInfo !== undefined) near.send = (message) => send(message, { authInfo: authInfo as never });
    const client = newClient();
    await Promise.all([server.connect(far), client.connect(near)]);
    return client;
  }

  it("a permitted call runs once, with the judged arguments, and the client gets its result", async () => {
    const server = guarded();
    server.registerTool("read", config, read);
    const client = await connect(server);
    expect(await client.callTool({ name: "read", arguments: { quarter: "Q1" } })).toMatchObject(text("12 deals"));
    expect(calls).toEqual([{ quarter: "Q1" }]);
  });

  it("a denied call does not run; its result says why, in one line, and no protocol error ends the run", async () => {
    const server = guarded();
    server.registerTool("send", { ...config, outputSchema: z.object({ sent: z.boolean() }) }, unreachable);
    const client = await connect(server);
    await client.listTools();
    expect(await client.callTool({ name: "send", arguments: { quarter: "Q1" } })).toMatchObject(denied);
  });

  it("B1: of parallel calls only as many run as the budget covers", async () => {
    const server = guarded();
    server.registerTool("read", config, read);
    const client = await connect(server);
    const quarters = ["Q1", "Q2", "Q3", "Q4", "Q5", "Q6"];
    const results = await Promise.all(
      quarters.map((quarter) => client.callTool({ name: "read", arguments: { quarter } })),
    );
    expect(calls).toHaveLength(2);
    expect(results.filter((result) => JSON.stringify(result).includes("budget_exhausted"))).toHaveLength(4);
  });

  it("E2: a tool gets the judged copy of what its schema made of the arguments", async () => {
    const server = guarded();
    const inputSchema = z.object({ quarter: z.string().default("Q1"), rows: z.coerce.number() });
    server.registerTool("read", { inputSchema }, read);
    const client = await connect(server);
    await client.callTool({ name: "read", arguments: { rows: "5", more: 1 } });
    expect(calls).toEqual([{ quarter: "Q1", rows: 5 }]);
  });

  it("E2: what changes the arguments after they were judged does not reach the tool", async () => {
    const parsed = { quarter: "Q1" };
    const append = async () => void Object.assign(parsed, { quarter: "Q9" });
    const server = guarded({ audit: { append } });
    server.registerTool("read", { inputSchema: z.object({}).transform(() => parsed) }, read);
    const client = await connect(server);
    await client.callTool({ name: "read", arguments: {} });
    expect(calls).toEqual([{ quarter: "Q1" }]);
  });

  it("E2: a tool without a schema is given no arguments, and judged by none", async () => {
    const server = guarded();
    server.registerTool("read", {}, async (...given: unknown[]) => text(`${calls.push(given.length) && "12 deals"}`));
    const client = await connect(server);
    expect(await client.callTool({ name: "read", arguments: { quarter: "Q1" } })).toMatchObject(text("12 deals"));
    expect(calls).toEqual([1]);
  });

  it("arguments that are not JSON after their schema are denied, not guessed at", async () => {
    const server = guarded();
    const inputSchema = z.object({ when: z.string().transform((day) => new Date(day)) });
    server.registerTool("read", { inputSchema }, unreachable);
    const client = await connect(server);
    const result = await client.callTool({ name: "read", arguments: { when: "2026-01-01" } });
    expect(JSON.stringify(result)).toContain("invalid_arguments");
  });

  it("what a tool gives beside its text arrives, and so does its progress", async () => {
    const server = guarded();
    type Given = { mcpReq?: { notify(message: object): Promise<void>; _meta?: Meta } } & Partial<Extra>;
    type Meta = { progressToken?: string | number };
    type Extra = { sendNotification(message: object): Promise<void>; _meta: Meta };
    const outputSchema = z.object({ deals: z.number() });
    server.registerTool("read", { ...config, outputSchema }, async (_args: unknown, given: Given) => {
      const progressToken = (given.mcpReq ?? given)._meta?.progressToken;
      const message = { method: "notifications/progress", params: { progressToken, progress: 1 } };
      await (given.mcpReq === undefined ? given.sendNotification?.(message) : given.mcpReq.notify(message));
      return { ...text("12 deals"), structuredContent: { deals: 12 } };
    });
    const client = await connect(server);
    await client.listTools();
    const seen = Promise.withResolvers<unknown>();
    const settings = { onprogress: seen.resolve };
    const more = newClient() instanceof Client ? [undefined, settings] : [settings];
    const result = await client.callTool({ name: "read", arguments: { quarter: "Q1" } }, ...more);
    expect(result).toMatchObject({ structuredContent: { deals: 12 } });
    expect(await seen.promise).toMatchObject({ progress: 1 });
  });

  it("D9: tools named like what objects inherit are judged by their own names", async () => {
    const server = guarded();
    server.registerTool("constructor", config, read);
    server.registerTool("toString", config, unreachable);
    const client = await connect(server);
    const args = { quarter: "Q1" };
    expect(await client.callTool({ name: "constructor", arguments: args })).toMatchObject(text("12 deals"));
    expect(await client.callTool({ name: "toString", arguments: args })).toMatchObject(denied);
  });

  it("an unknown tool, bad input and a tool's own error are answered as they are without authorization", async () => {
    const answers = async (server: AnyServer) => {
      server.registerTool("read", config, () => Promise.reject(new Error("no such quarter")));
      const client = await connect(server);
      const asked = [
        { name: "absent", arguments: {} },
        { name: "valueOf", arguments: {} },
        { name: "read", arguments: { quarter: 9 } },
        { name: "read", arguments: { quarter: "Q9" } },
      ];
      return Promise.all(asked.map((params) => client.callTool(params).catch(String)));
    };
    const plain = await answers(newServer());
    // An inherited name reaches what is inherited there, and here nothing.
    plain[1] = JSON.parse(JSON.stringify(plain[0]).replaceAll("absent", "valueOf"));
    expect(await answers(guarded())).toEqual(plain);
    expect(JSON.stringify(plain)).toContain("no such quarter");
  });

  it("S5: a result that says that it is an error ends the call as failed, is charged and arrives as it is", async () => {
    const failure = { ...text("no such quarter"), isError: true };
    const audit = createMemoryAuditLog();
    const server = guarded({ audit });
    server.registerTool("read", config, async () => failure);
    const client = await connect(server);
    const [first, second] = [1, 2].map(() => client.callTool({ name: "read", arguments: { quarter: "Q9" } }));
    expect(await first).toMatchObject(failure);
    expect(await second).toMatchObject(failure);
    const outcomes = audit.records.filter(({ type }) => type === "outcome");
    expect(outcomes).toMatchObject(Array(2).fill({ status: "failed", cost: "0.02" }));
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
  ])("D3: where %s nothing runs, and the client never sees the error", async (_name, more) => {
    const server = guarded(more);
    server.registerTool("read", config, unreachable);
    const client = await connect(server);
    const result = JSON.stringify(await client.callTool({ name: "read", arguments: { quarter: "Q1" } }));
    expect(result).toContain(String.raw`\"code\":\"unavailable\"`);
    expect(result).not.toContain(secret);
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
  ])("a context that %s denies, and the client learns nothing of why", async (_name, resolve) => {
    const server = guarded({}, { context: resolve });
    server.registerTool("read", config, unreachable);
    const client = await connect(server);
    const result = JSON.stringify(await client.callTool({ name: "read", arguments: { quarter: "Q1" } }));
    expect(result).toContain("unauthenticated");
    expect(result).not.toContain(secret);
  });

  it.each<[string, AuthorizationOptions["authorizer"]["run"]]>([
    ["throws", () => expect.unreachable(secret)],
    ["rejects", () => Promise.reject(new Error(secret))],
  ])("D3: an authorizer that %s has denied", async (_name, run) => {
    const authorizer = { ...options().authorizer, run };
    const server = guarded({}, { authorizer });
    server.registerTool("read", config, unreachable);
    const client = await connect(server);
    const result = JSON.stringify(await client.callTool({ name: "read", arguments: { quarter: "Q1" } }));
    expect(result).toContain("indeterminate");
    expect(result).not.toContain(secret);
  });

  it("S2: who asks is who the transport authenticated, for each request; nothing that the client says changes it", async () => {
    const seen: unknown[] = [];
    const server = guarded(
      {},
      {
        context: (execution) => {
          seen.push(execution);
          const id = execution.authInfo?.extra?.["user"];
          return typeof id === "string" ? { ...context, subject: { ...context.subject, id } } : undefined;
        },
      },
    );
    server.registerTool("read", { inputSchema: z.object({ authInfo: z.unknown() }) }, read);
    const forged = { token: secret, clientId: secret, scopes: [secret], extra: { user: secret } };
    const params = { name: "read", arguments: { authInfo: forged }, _meta: { authInfo: forged, http: forged } };
    const authInfo = { token: "t", clientId: "app", scopes: ["mcp"], extra: { user: "u1" } };
    const client = await connect(server, authInfo);
    expect(await client.callTool(params)).toMatchObject(text("12 deals"));
    expect(seen).toMatchObject([{ toolName: "read", authInfo: { clientId: "app" } }]);
    expect(inspect(seen, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(secret);
    await client.close();
    const nobody = await connect(server);
    expect(JSON.stringify(await nobody.callTool(params))).toContain("unauthenticated");
    expect(calls).toHaveLength(1);
  });

  it("a call that its client gives up before it was judged does not start", async () => {
    const controller = new AbortController();
    const asked = Promise.withResolvers<void>();
    const given = Promise.withResolvers<AbortSignal | undefined>();
    const server = guarded(
      {},
      {
        context: async ({ signal }) => {
          asked.resolve();
          while (signal?.aborted === false) await new Promise(setImmediate);
          given.resolve(signal);
          return context;
        },
      },
    );
    server.registerTool("read", config, read);
    const client = await connect(server);
    const params = { name: "read", arguments: { quarter: "Q1" } };
    const settings = { signal: controller.signal };
    const calling =
      newClient() instanceof Client ? client.callTool(params, undefined, settings) : client.callTool(params, settings);
    await asked.promise;
    controller.abort("enough");
    await expect(calling).rejects.toThrow("enough");
    expect((await given.promise)?.aborted).toBe(true);
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    expect(calls).toEqual([]);
  });

  it("E7: a result that is withheld is denied like any other, and says that the tool ran", async () => {
    const server = guarded({ classifiers: { content: () => ["private"] } });
    server.registerTool("fetch", config, read);
    const client = await connect(server);
    const result = JSON.stringify(await client.callTool({ name: "fetch", arguments: { quarter: "Q1" } }));
    expect(calls).toHaveLength(1);
    expect(result).toContain("tool_result_withheld");
    expect(result).not.toContain("12 deals");
  });

  it("what a call really cost is told from its result", async () => {
    const actualCost = { read: (result: { _meta?: { price?: string } }) => result._meta?.price };
    const server = guarded({}, { actualCost });
    server.registerTool("read", config, async () => ({ ...text("12 deals"), _meta: { price: "0.04" } }));
    const client = await connect(server);
    const params = { name: "read", arguments: { quarter: "Q1" } };
    expect(await client.callTool(params)).toMatchObject(text("12 deals"));
    expect(JSON.stringify(await client.callTool(params))).toContain("0.04 + 0.02 > 0.05");
  });

  describe("E4: no path reaches a body without a decision", () => {
    const paths: Record<string, () => AnyServer> = {
      "registered before the server was authorized": () => {
        const server = newServer();
        server.registerTool("send", config, unreachable);
        return withAuthorization(server, options());
      },
      "of a server that declared tools when it was made": () => {
        const server = newServer({ capabilities: { tools: {} } });
        withAuthorization(server, options());
        server.registerTool("send", config, unreachable);
        return server;
      },
      "with an updated body": () => {
        const server = guarded();
        server.registerTool("send", config, read).update({ callback: unreachable });
        return server;
      },
      "with another schema": () => {
        const server = guarded();
        const paramsSchema = newClient() instanceof Client ? { quarter: z.string() } : config.inputSchema;
        server.registerTool("send", config, unreachable).update({ paramsSchema });
        return server;
      },
      "whose body was assigned": () => {
        const server = guarded();
        server.registerTool("send", config, unreachable).handler = unreachable;
        return server;
      },
      "renamed to what is denied": () => {
        const server = guarded();
        server.registerTool("read", config, unreachable).update({ name: "send" });
        return server;
      },
      "renamed twice": () => {
        const server = guarded();
        const tool = server.registerTool("read", config, unreachable);
        tool.update({ name: "text" });
        tool.update({ name: "send" });
        return server;
      },
      "disabled and enabled again": () => {
        const server = guarded();
        const tool = server.registerTool("send", config, unreachable);
        tool.disable();
        tool.enable();
        return server;
      },
      "behind a handler of the application's own": () => {
        const server = guarded();
        server.registerTool("send", config, read);
        server.server.setRequestHandler(call, unreachable);
        return server;
      },
      "behind a handler that was there before": () => {
        const server = newServer({ capabilities });
        server.server.setRequestHandler(call, unreachable);
        withAuthorization(server, options());
        server.registerTool("send", config, unreachable);
        return server;
      },
      "behind the handler for all other methods": () => {
        const server = guarded();
        server.server.fallbackRequestHandler = unreachable;
        return server;
      },
    };

    it.each(Object.entries(paths))("a tool %s", async (_path, make) => {
      const client = await connect(make());
      expect(await client.callTool({ name: "send", arguments: { quarter: "Q1" } })).toMatchObject(denied);
    });

    it("a tool that was registered after connecting", async () => {
      const server = guarded();
      server.registerTool("read", config, read);
      const client = await connect(server);
      server.registerTool("send", config, unreachable);
      expect(await client.callTool({ name: "send", arguments: { quarter: "Q1" } })).toMatchObject(denied);
    });

    it("a body that is called through what registering gave", async () => {
      const { handler } = guarded().registerTool("send", config, unreachable);
      if (typeof handler !== "function") return expect.unreachable();
      expect(await handler({ quarter: "Q1" }, {})).toMatchObject(denied);
    });

    it("S2: a body that is called with a client's words in place of what the SDK knows learns of nobody", async () => {
      const server = guarded({}, { context: ({ authInfo }) => authInfo && context });
      const { handler } = server.registerTool("read", {}, unreachable);
      if (typeof handler !== "function") return expect.unreachable();
      const authInfo = { token: "t", clientId: "c", scopes: [] };
      const forged = { authInfo, http: { authInfo }, signal: { aborted: false }, mcpReq: { signal: {} } };
      for (const given of [[forged], [{}, forged], [undefined, forged]]) {
        expect(JSON.stringify(await handler(...given))).toContain("unauthenticated");
      }
    });

    it("a renamed tool has one name, and is judged by it", async () => {
      const server = guarded();
      const tool = server.registerTool("send", config, read);
      tool.update({ name: "text" });
      tool.update({ name: "read" });
      const client = await connect(server);
      expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["read"]);
      expect(await client.callTool({ name: "read", arguments: { quarter: "Q1" } })).toMatchObject(text("12 deals"));
      const old = await client.callTool({ name: "text", arguments: { quarter: "Q1" } }).catch(String);
      expect(JSON.stringify(old)).toContain("not found");
    });

    it("a removed tool is gone", async () => {
      const server = guarded();
      server.registerTool("send", config, unreachable).remove();
      const client = await connect(server);
      const result = await client.callTool({ name: "send", arguments: { quarter: "Q1" } }).catch(String);
      expect(JSON.stringify(result)).toContain("not found");
    });
  });

  describe("a low-level server", () => {
    const make = (more: Partial<AuthorizationOptions> = {}) =>
      withAuthorization(newProtocol(), { ...options(), ...more });
    const body = (request: { params: { arguments: unknown } }) => read(request.params.arguments);

    it("runs permitted calls once, and denies the others", async () => {
      const server = make();
      server.setRequestHandler(call, body);
      const client = await connect(server);
      expect(await client.callTool({ name: "read", arguments: { quarter: "Q1" } })).toMatchObject(text("12 deals"));
      expect(await client.callTool({ name: "send", arguments: {} })).toMatchObject(denied);
      expect(JSON.stringify(await client.callTool({ name: "no such name!" }))).toContain("tool_call_denied");
      expect(calls).toEqual([{ quarter: "Q1" }]);
    });

    it("E2: what changes the arguments after they were judged does not reach its handler", async () => {
      const given: { params: { arguments: object } }[] = [];
      const append = async () => void Object.assign(given[0]?.params.arguments ?? {}, { quarter: "Q9" });
      const server = newProtocol();
      const set = server.setRequestHandler.bind(server);
      // Sees what the handler is given, before it is guarded.
      server.setRequestHandler = (method, handler) =>
        set(method, ((request: never, information: never) => {
          given.push(request);
          return handler(request, information);
        }) as never);
      withAuthorization(server, options({ audit: { append } }));
      server.setRequestHandler(call, body);
      const client = await connect(server);
      await client.callTool({ name: "read", arguments: { quarter: "Q1" } });
      expect(given).toMatchObject([{ params: { arguments: { quarter: "Q9" } } }]);
      expect(calls).toEqual([{ quarter: "Q1" }]);
    });

    it("is refused where its handler is set already, and where it is connected", async () => {
      const server = newProtocol();
      server.setRequestHandler(call, body);
      expect(() => withAuthorization(server, options())).toThrow(/set the handler of tools\/call after/);
      const connected = newServer();
      await connect(connected);
      expect(() => withAuthorization(connected, options())).toThrow(/before it is connected/);
    });

    it("offers only what could be permitted, if that is asked for", async () => {
      const server = make({ offer: "visible" });
      const tools = ["read", "send"].map((name) => ({ name, inputSchema: { type: "object" } }));
      server.setRequestHandler(list, () => ({ tools }));
      const client = await connect(server);
      expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["read"]);
    });
  });

  it.each<[string, Partial<AuthorizationOptions>, string[]]>([
    ["all tools, by default", {}, ["read", "send"]],
    ["those only that the caller could be permitted", { offer: "visible" }, ["read"]],
    ["nothing to nobody", { offer: "visible", context: () => undefined }, []],
    ["all where it cannot be told", { offer: "visible", context: () => Promise.reject(new Error()) }, ["read", "send"]],
  ])("lists %s", async (_what, settings, expected) => {
    const server = guarded({}, settings);
    server.registerTool("read", config, read);
    server.registerTool("send", config, unreachable);
    const client = await connect(server);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(expected);
  });

  it("a server is authorized once: again with the same settings changes nothing, with others is refused", () => {
    const settings = options();
    const server = withAuthorization(newServer(), settings);
    expect(withAuthorization(server, settings)).toBe(server);
    expect(() => withAuthorization(server, options())).toThrow(/authorized already/);
    expect(() => withAuthorization(server.server, options())).toThrow(/authorized already/);
  });

  it("a server that keeps its tools elsewhere is refused", () => {
    const elsewhere = { server: newProtocol(), setToolRequestHandlers: () => {} };
    expect(() => withAuthorization(elsewhere, options())).toThrow(/does not keep its tools/);
    const otherwise = { server: newProtocol(), _registeredTools: {} };
    expect(() => withAuthorization(otherwise, options())).toThrow(/does not answer calls/);
  });

  it("a tool in an unknown form is refused when it is registered, and when it is updated", () => {
    const server = guarded();
    expect(() => server.registerTool("read", config, { run: unreachable } as never)).toThrow(UngovernableToolError);
    const tool = server.registerTool("text", config, read);
    expect(() => tool.update({ callback: { createTask: unreachable } })).toThrow(UngovernableToolError);
    // Version 1 runs such a function by its `createTask`.
    const both = Object.assign(async () => text("12 deals"), { createTask: unreachable });
    expect(() => tool.update({ callback: both })).toThrow(UngovernableToolError);
  });
});

describe("what only one version has", () => {
  it("SDK 1: tool() is registering, too", async () => {
    const server = withAuthorization(new McpServer(about), options());
    server.tool("send", unreachable);
    const client = new Client(about);
    const [near, far] = InMemoryTransport.createLinkedPair();
    await Promise.all([server.connect(far), client.connect(near)]);
    expect(await client.callTool({ name: "send" })).toMatchObject(denied);
  });

  it("SDK 1: a task, whose result comes past its body, is refused unless it is named as ungoverned", () => {
    const task = { createTask: unreachable, getTask: unreachable, getTaskResult: unreachable };
    const taskConfig = { inputSchema: {}, execution: { taskSupport: "optional" as const } };
    const refusing = withAuthorization(new McpServer(about), options());
    expect(() => refusing.experimental.tasks.registerToolTask("read", taskConfig, task)).toThrow(UngovernableToolError);
    const before = new McpServer(about);
    const sending = before.registerTool("send", { inputSchema: {} }, unreachable);
    const registered = before.experimental.tasks.registerToolTask("read", taskConfig, task);
    expect(() => withAuthorization(before, options())).toThrow(UngovernableToolError);
    // What was refused is left as it was, and can be authorized with other settings.
    expect(sending.handler).toBe(unreachable);
    withAuthorization(before, { ...options(), ungoverned: ["read"] });
    expect(sending.handler).not.toBe(unreachable);
    expect(() => registered.update({ name: "text" })).toThrow(UngovernableToolError);
  });

  it("SDK 2: each run of a tool that asks for input is a call of its own", async () => {
    const server = withAuthorization(new server2.McpServer(about), options());
    const ask = { message: "Which quarter?", requestedSchema: z.object({ quarter: z.string() }) };
    server.registerTool("read", {}, async ({ mcpReq }) => {
      const answer = server2.inputResponse(mcpReq.inputResponses, "quarter");
      calls.push(answer.kind);
      if (answer.kind !== "missing") return text("12 deals");
      return server2.inputRequired({ inputRequests: { quarter: server2.inputRequired.elicit(ask) } });
    });
    const client = new client2.Client(about, { capabilities: { elicitation: {} } });
    client.setRequestHandler("elicitation/create", () => ({ action: "accept", content: { quarter: "Q1" } }));
    const [near, far] = server2.InMemoryTransport.createLinkedPair();
    await Promise.all([server.connect(far), client.connect(near)]);
    expect(await client.callTool({ name: "read" })).toMatchObject(text("12 deals"));
    expect(calls).toEqual(["missing", "elicit"]);
    // Two runs of 0.02 leave nothing of 0.05 for a third.
    expect(JSON.stringify(await client.callTool({ name: "read" }))).toContain("budget_exhausted");
    expect(calls).toHaveLength(2);
  });

  it("SDK 2: a handler of tools/call with schemas of its own is refused", () => {
    const server = withAuthorization(new server2.Server(about, { capabilities }), options());
    const custom = () => server.setRequestHandler("tools/call", { params: z.object({}) }, unreachable);
    expect(custom).toThrow(UngovernableToolError);
  });
});
