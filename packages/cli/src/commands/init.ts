import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { type Command, type ExitCode, exitCodes, UsageError } from "../command.ts";
import { listMcpTools } from "../init/list-mcp-tools.ts";
import { type OfferedTool, readToolList } from "../init/offered-tool.ts";
import { splitCommand } from "../init/split-command.ts";
import { type StarterPolicy, writeStarterPolicy } from "../init/starter-policy.ts";
import { print, printError, safe, styled } from "../print.ts";
import { type ReadOptions, readOptionsOnly } from "../read-options.ts";
import { writeFileAtomically } from "../write-file-atomically.ts";

/** `ambit init`: a policy to start from, written for the tools that a server or a file offers. */
export const init: Command = {
  name: "init",
  summary: "write a starter policy for the tools of an MCP server or a file",
  usage: `  ambit init --mcp "COMMAND ARGS..." | --mcp-url URL | --tools FILE  [options]

  --mcp COMMAND   starts an MCP server over stdio and asks it for its tools
  --mcp-url URL   asks an MCP server over streamable HTTP
  --tools FILE    reads JSON: a result of tools/list, a list of tools, or OpenAI's function definitions
  --server NAME   begins every scope with tool:NAME (default: the words of the tool's name alone)
  --out FILE      writes a file (default: standard output)
  --force         replaces the file if there is one

A tool's scope is made of the words of its name: email_send_external requires tool:email:send:external.
The policy allows nothing until you uncomment lines.
Exit codes: 0 written, 1 not written.`,
  run,
};

const options = {
  mcp: { type: "string" },
  "mcp-url": { type: "string" },
  tools: { type: "string" },
  server: { type: "string" },
  out: { type: "string" },
  force: { type: "boolean" },
} as const;

type Values = ReadOptions<typeof options>["values"];

async function run(args: readonly string[]): Promise<ExitCode> {
  const values = readOptionsOnly(args, options);
  const { server, out, force } = values;
  if (server !== undefined && !/^[A-Za-z0-9_.-]{1,64}$/.test(server)) {
    throw new UsageError("--server must be 1 to 64 characters of A-Z a-z 0-9 _ . -");
  }
  const starter = writeStarterPolicy({ ...(await askForTools(values)), server });
  if (out === undefined) process.stdout.write(starter.text);
  else {
    await write(out, starter.text, force === true ? "replace" : "keep");
    print(`${safe(out)}: ${styled("green", "written")}: ${starter.governed} tools; it allows nothing yet`);
  }
  reportLeftOut(starter);
  return exitCodes.success;
}

async function askForTools(
  values: Values,
): Promise<{ readonly tools: readonly OfferedTool[]; readonly origin: string }> {
  const { mcp, "mcp-url": address, tools: file } = values;
  if ([mcp, address, file].filter((source) => source !== undefined).length !== 1) {
    throw new UsageError("init takes one of --mcp, --mcp-url and --tools");
  }
  if (file !== undefined) return { tools: readToolList(await readJson(file)), origin: basename(file) };
  const offer = await listMcpTools(mcp === undefined ? { url: readAddress(address) } : splitCommand(mcp));
  return { tools: readToolList(offer.tools), origin: offer.server };
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8");
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${file} is not JSON`);
  }
}

function readAddress(text = ""): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") throw new UsageError("--mcp-url is no http address");
  return url;
}

async function write(path: string, text: string, existing: "replace" | "keep"): Promise<void> {
  try {
    await writeFileAtomically(path, text, existing);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      throw new Error(`${path} is there already, and is kept; --force replaces it`);
    }
    throw error;
  }
}

function reportLeftOut({ ungovernable, left }: StarterPolicy): void {
  const few = ungovernable.length;
  if (few > 0) printError(`ambit: ${few} of the tools have names that no policy can hold; calls of them are denied`);
  if (left > 0) printError(`ambit: ${left} of the tools do not fit into 1 MiB; calls of them are denied`);
}
