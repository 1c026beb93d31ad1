import { type AdapterDriver, playScript, type ScriptedTool } from "@ambit/conformance";
import { withAuthorization, withClientAuthorization } from "@ambit/mcp";
import * as client2 from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import * as server2 from "@modelcontextprotocol/server";
import { zodSchema } from "./framework-tool.ts";
import type { JoinedFramework } from "./joined-framework.ts";

/** What both versions have in common, with the differences in their types left out. */
interface AnyServer {
  registerTool(name: string, config: object, body: (...given: never[]) => unknown): unknown;
  connect(transport: object): Promise<void>;
  close(): Promise<void>;
}
interface AnyProtocol {
  setRequestHandler(method: unknown, handler: (...given: never[]) => unknown): void;
  connect(transport: object): Promise<void>;
  close(): Promise<void>;
}
interface AnyClient {
  callTool(params: object, ...more: unknown[]): Promise<{ content?: unknown; isError?: boolean }>;
  request(request: object, ...more: unknown[]): Promise<unknown>;
  listTools(): Promise<{ tools: unknown[] }>;
  connect(transport: object): Promise<void>;
}

const about = { name: "crm", version: "1.0.0" };
const capabilities = { tools: {} };
const versions = {
  "1": {
    newServer: () => new McpServer(about) as unknown as AnyServer,
    newProtocol: () => new Server(about, { capabilities }) as unknown as AnyProtocol,
    newClient: () => new Client(about) as unknown as AnyClient,
    call: CallToolRequestSchema,
    list: ListToolsRequestSchema,
    // What comes before the settings of a call.
    before: [undefined],
  },
  "2": {
    newServer: () => new server2.McpServer(about) as unknown as AnyServer,
    newProtocol: () => new server2.Server(about, { capabilities }) as unknown as AnyProtocol,
    newClient: () => new client2.Client(about) as unknown as AnyClient,
    call: "tools/call",
    list: "tools/list",
    before: [],
  },
} as const;

type Version = keyof typeof versions;

const notWhole = {
  ids: ["generator-waits", "generator-settles", "generator-withheld"],
  reason: "the protocol's results come whole, so no tool yields",
};
const noApproval = { ids: ["approval-forged"], reason: "it has no approval of its own that a history could claim" };
const asItCalls = {
  ids: ["ungovernable-refused"],
  reason: "a client learns what it calls when it calls it: calls as tasks are refused then",
};

/** Both sides of the protocol, in both versions of its SDK. */
export const mcpFrameworks: readonly JoinedFramework[] = (["1", "2"] as const).flatMap((version) => [
  {
    name: `MCP SDK ${version}, server`,
    installed: version === "1" ? "@modelcontextprotocol/sdk" : "@modelcontextprotocol/server",
    driver: mcpServerDriver(version),
    excuses: [notWhole, noApproval],
  },
  {
    name: `MCP SDK ${version}, client`,
    installed: version === "1" ? "@modelcontextprotocol/sdk" : "@modelcontextprotocol/client",
    driver: mcpClientDriver(version),
    excuses: [notWhole, asItCalls, noApproval],
  },
]);

/** An agent that calls a server's tools, where the server is guarded. */
function mcpServerDriver(version: Version): AdapterDriver {
  const { newServer, newClient } = versions[version];
  return {
    capabilities: ["abort", "reshape", "offer", "refuse"],
    run: async ({ tools, authorization, ...script }) => {
      const server = newServer();
      if (authorization !== undefined) withAuthorization(server as never, authorization); // It is a server of the SDK.
      for (const tool of tools) {
        const config = { description: tool.description, inputSchema: zodSchema(tool) };
        server.registerTool(tool.name, config, (args: Record<string, unknown>) => resultOf(tool, args));
      }
      return play(version, server, newClient(), script);
    },
    ungovernable: (authorization) => {
      const wrap = (handler: unknown) => () => {
        const server = newServer();
        withAuthorization(server as never, authorization);
        const tools = (server as unknown as { _registeredTools: Record<string, object> })._registeredTools;
        tools["search"] = { handler, enabled: true };
      };
      const createTask = async () => ({ task: {} });
      return [
        { kind: "a task", wrap: wrap({ createTask }) },
        { kind: "a function with a task", wrap: wrap(Object.assign(() => ({}), { createTask })) },
        { kind: "a body in a form that is not known", wrap: wrap("search") },
      ];
    },
  };
}

/** An agent whose client is guarded, with any server. */
function mcpClientDriver(version: Version): AdapterDriver {
  const { newProtocol, newClient, call, list } = versions[version];
  return {
    capabilities: ["abort", "reshape", "offer"],
    policyName: (tool) => `mcp:crm/${tool}`,
    run: async ({ tools, authorization, steps, onBegin }) => {
      const server = newProtocol();
      const known = new Map(tools.map((tool) => [tool.name, tool]));
      server.setRequestHandler(list, () => ({
        tools: tools.map(({ name, description, parameters }) => ({ name, description, inputSchema: parameters })),
      }));
      server.setRequestHandler(call, ({ params }: { params: { name: string; arguments: Record<string, unknown> } }) => {
        const tool = known.get(params.name);
        if (tool === undefined) throw new Error("there is no such tool");
        return resultOrError(tool, params.arguments);
      });
      const client = newClient();
      if (authorization !== undefined) withClientAuthorization(client as never, { ...authorization, server: "crm" });
      // What a person changes, the application changes before it makes the call.
      const reshaped = steps.map((step) =>
        step.map((made) => ({ ...made, arguments: known.get(made.tool)?.reshape?.(made.arguments) ?? made.arguments })),
      );
      return play(version, server, client, { steps: reshaped, onBegin });
    },
  };
}

/** Waits until whatever is under way between the two ends of the connection has arrived. */
async function arrived(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

type Script = Pick<Parameters<AdapterDriver["run"]>[0], "steps" | "onBegin">;

async function play(version: Version, server: AnyServer | AnyProtocol, client: AnyClient, { steps, onBegin }: Script) {
  const [near, far] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(far), client.connect(near)]);
  const controller = new AbortController();
  onBegin?.(async () => {
    controller.abort(new Error("the user left"));
    await arrived();
  });
  try {
    const { tools: offered } = await client.listTools();
    const settings = { signal: controller.signal };
    const report = await playScript({ steps }, async ({ tool, arguments: args }) => {
      const params = { name: tool, arguments: args };
      return contentText(await client.callTool(params, ...versions[version].before, settings));
    });
    return { ...report, offered };
  } finally {
    if (controller.signal.aborted) await arrived();
    await server.close();
  }
}

async function resultOf({ body }: ScriptedTool, args: Record<string, unknown>): Promise<object> {
  return { content: [{ type: "text", text: await body(args) }] };
}

/** As the protocol has it: an error of a tool is a result. */
async function resultOrError(tool: ScriptedTool, args: Record<string, unknown>): Promise<object> {
  try {
    return await resultOf(tool, args);
  } catch (error) {
    return { content: [{ type: "text", text: error instanceof Error ? error.message : "it failed" }], isError: true };
  }
}

/** What a host shows a model of a result: its texts, and all of it where that is not what it holds. */
function contentText({ content }: { readonly content?: unknown }): string {
  const parts: readonly { readonly text?: unknown }[] = Array.isArray(content) ? content : [];
  const texts = parts.flatMap(({ text }) => (typeof text === "string" ? [text] : []));
  return texts.length === parts.length ? texts.join("\n") : JSON.stringify(content);
}
