import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parsePolicy } from "@ambit/core";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

const program = join(import.meta.dirname, "../bin/ambit.js");
const fixtures = join(import.meta.dirname, "fixtures");
let folder = "";
let web: Server;
let address = "";

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function init(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    const env = { ...process.env, FORCE_COLOR: undefined, NO_COLOR: "1", EXTRA_TOOL: "crm_export" };
    execFile(process.execPath, [program, "init", ...args], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const sdk = (path: string) => JSON.stringify(import.meta.resolve(`@modelcontextprotocol/sdk/${path}.js`));
/** A server over stdio that speaks the protocol of 2025, gives its tools one a page, and would steer a terminal. */
const olderServer = `
import { Server } from ${sdk("server/index")};
import { StdioServerTransport } from ${sdk("server/stdio")};
import { ListToolsRequestSchema } from ${sdk("types")};
process.stderr.write("\\u001b[31mready\\n");
const server = new Server({ name: "older\\u001b[2J crm", version: "1" }, { capabilities: { tools: {} } });
const schema = { type: "object", properties: { query: { type: "string" } } };
const tools = [
  { name: "crm_search", description: "Search\\u001b]0;x\\u0007 deals.", inputSchema: schema },
  { name: "crm_update", inputSchema: { type: "object", properties: { id: {}, note: {} } } },
  { name: process.env.EXTRA_TOOL, inputSchema: { type: "object" } },
];
server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
  const page = Number(params?.cursor ?? 0);
  return { tools: [tools[page]], ...(page + 1 < tools.length ? { nextCursor: String(page + 1) } : {}) };
});
await server.connect(new StdioServerTransport());
`;

/** A server of the protocol of 2026, which has no sessions, on a port of this machine. */
function serveNewer(): Server {
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: "newer", version: "1" });
    const nothing = () => ({ content: [] });
    server.registerTool("mail_send", { inputSchema: z.object({ to: z.string() }), description: "Send." }, nothing);
    server.registerTool("mail_list", { annotations: { readOnlyHint: true } }, nothing);
    return server;
  });
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer); // No encoding is set, so chunks are buffers.
    const { method = "GET", url, headersDistinct } = incoming;
    const headers = new Headers(Object.entries(headersDistinct).map(([name, [value = ""] = []]) => [name, value]));
    const body = method === "POST" ? Buffer.concat(chunks) : null;
    const response = await handler.fetch(new Request(`http://127.0.0.1${url}`, { method, headers, body }));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  };
  return createServer((incoming, outgoing) => void answer(incoming, outgoing));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-init-"));
  web = serveNewer();
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(web.address() as AddressInfo).port}/mcp`; // A TCP server has an address with a port.
  await writeFile(join(folder, "broken.json"), "{");
  await writeFile(join(folder, "older server.mjs"), olderServer);
});
afterAll(async () => {
  web.close();
  await rm(folder, { recursive: true });
});

describe("ambit init writes a policy for", () => {
  it("the tools of an MCP server that it starts, all pages of them, whichever protocol it speaks", async () => {
    const { code, stdout, stderr } = await init("--mcp", `"${process.execPath}" 'older server.mjs'`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain('for 3 tools of "older\\u001b[2J crm"');
    expect(stdout).toContain('  # "Search\\u001b]0;x\\u0007 deals."\n');
    expect([...(parsePolicy(stdout).tools?.keys() ?? [])]).toEqual(["crm_search", "crm_update", "crm_export"]);
  });

  it("the tools of an MCP server over HTTP", async () => {
    const { code, stdout, stderr } = await init("--mcp-url", address, "--server", "mail");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain('for 2 tools of "newer"');
    expect(stdout).toContain("  mail_send:\n    scope: tool:mail:send\n");
    expect(stdout).toContain("    #   - tool:mail:list # says that it only reads\n");
    expect(parsePolicy(stdout).tools?.size).toBe(2);
  });

  it("the tools of a file, which it does not overwrite unless it is told to", async () => {
    const args = ["--tools", join(fixtures, "tools.json"), "--out", "policy.yaml"];
    expect(await init(...args)).toEqual({
      code: 0,
      stdout: "policy.yaml: written: 10 tools; it allows nothing yet\n",
      stderr: "ambit: 1 of the tools have names that no policy can hold; calls of them are denied\n",
    });
    const path = join(folder, "policy.yaml");
    expect(parsePolicy(await readFile(path, "utf8")).tools?.size).toBe(10);
    await writeFile(path, "mine");
    const kept = await init(...args);
    expect(kept).toMatchObject({ code: 1, stdout: "" });
    expect(kept.stderr).toContain("policy.yaml is there already, and is kept; --force replaces it");
    expect(await readFile(path, "utf8")).toBe("mine");
    expect(await init(...args, "--force")).toMatchObject({ code: 0 });
    expect(await readFile(path, "utf8")).toContain("version: 1");
    expect((await readdir(folder)).filter((name) => name.includes(".part"))).toEqual([]);
  });
});

it.each<[string, string[], string]>([
  ["no source", [], "init takes one of --mcp, --mcp-url and --tools"],
  ["two sources", ["--tools", "x", "--mcp", "y"], "init takes one of --mcp, --mcp-url and --tools"],
  ["a file that is not there", ["--tools", "missing.json"], "ENOENT"],
  ["a file that is not JSON", ["--tools", "broken.json"], "broken.json is not JSON"],
  ["an address that is none", ["--mcp-url", "file:///etc/passwd"], "--mcp-url is no http address"],
  ["nobody at the address", ["--mcp-url", "http://127.0.0.1:9/"], "the MCP server did not list its tools"],
  ["a program that is not there", ["--mcp", "no-such-program"], "the MCP server did not list its tools"],
  [
    "a program that is no server",
    ["--mcp", `"${process.execPath}" -e "console.error('\\u001b[31mwhat?')"`],
    "it said: \\u001b[31mwhat?",
  ],
  ["an open quote", ["--mcp", "a 'b"], "--mcp has a ' that nothing closes"],
  ["a server's name that is no segment", ["--tools", "x", "--server", "a:b"], "--server must be"],
])("ambit init with %s fails with 1 and says why", async (_name, args, message) => {
  const run = await init(...args);
  expect(run).toMatchObject({ code: 1, stdout: "" });
  expect(run.stderr).toContain(message);
  expect(run.stderr).not.toMatch(/\u001b|\n\s+at /);
});
