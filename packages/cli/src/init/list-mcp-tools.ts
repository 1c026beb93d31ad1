import type { Readable } from "node:stream";
import { ownVersion } from "../own-version.ts";
import { safe } from "../print.ts";

/** An MCP server: a program to start, or an address of the streamable HTTP transport. */
export type McpServer = { readonly command: string; readonly args: readonly string[] } | { readonly url: URL };

/** What a server offers. */
export interface McpOffer {
  /** The name that the server gives itself. */
  readonly server: string;
  /** As the protocol has them. */
  readonly tools: readonly unknown[];
}

/** Milliseconds: for the whole conversation; a server may be downloaded when it is started. */
const patience = 120_000;
/** Milliseconds: a server of the older protocol may be silent about a question that it does not know. */
const probePatience = 10_000;
const maximumPages = 1_000;

/** Asks a server for its tools, page by page until the last. Rejects where it cannot be asked. */
export async function listMcpTools(server: McpServer): Promise<McpOffer> {
  // Loaded on use only: no other command pays for it.
  const { Client } = await import("@modelcontextprotocol/client");
  const client = new Client(
    { name: "ambit", version: ownVersion() },
    {
      // Both generations of the protocol are spoken: the newer one where the server offers it.
      versionNegotiation: { mode: "auto", probe: { timeoutMs: probePatience } },
      listMaxPages: maximumPages,
    },
  );
  const { transport, lastWords } = await openTransport(server);
  const signal = AbortSignal.timeout(patience);
  try {
    await client.connect(transport, { signal, timeout: patience });
    const { tools } = await client.listTools(undefined, { signal, timeout: patience });
    return { server: client.getServerVersion()?.name ?? "an MCP server", tools };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`the MCP server did not list its tools: ${why}${lastWords()}`, { cause: error });
  } finally {
    await client.close();
  }
}

async function openTransport(server: McpServer) {
  if ("url" in server) {
    const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
    return { transport: new StreamableHTTPClientTransport(server.url), lastWords: () => "" };
  }
  const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
  const { command, args } = server;
  // The environment is passed on as a shell would: a server may need its credentials from it.
  const env = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  // Not inherited: what a server prints must not steer the terminal.
  const transport = new StdioClientTransport({ command, args: [...args], env, stderr: "pipe" });
  return { transport, lastWords: collectLastWords(transport.stderr) };
}

function collectLastWords(stream: unknown): () => string {
  let words = "";
  // The SDK declares a Stream and gives a PassThrough, which is readable.
  (stream as Readable | null)?.on("data", (chunk: unknown) => {
    words = `${words}${String(chunk)}`.slice(-500);
  });
  return () => (words.trim() === "" ? "" : `; it said: ${safe(words.trim().split("\n").slice(-3).join(" / "))}`);
}
