import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, nextMove } from "./script.ts";

const program = join(import.meta.dirname, "main.ts");
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ambit-example-"));
});
afterAll(() => rm(folder, { recursive: true }));

function play(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, OPENAI_BASE_URL: undefined, ...environment };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", program, ...args],
      { env },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe("the sales rep's story", () => {
  it("holds in both frameworks", async () => {
    const { code, stdout, stderr } = await play([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.match(/DENY {3}email_send_external {2}role:rep denied tool:email:send:external/g)).toHaveLength(2);
    expect(stdout.match(/arrived at the mail server: nothing/g)).toHaveLength(4);
    expect(stdout.match(/arrived at the mail server: mail to vp@holding\.example/g)).toHaveLength(2);
    expect(stdout).not.toContain("✘");
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(110);
  });

  it("is told as one JSON document", async () => {
    const story = JSON.parse((await play(["--json"])).stdout);
    expect(story).toMatchObject({ holds: true, verification: { valid: true, records: story.records.length } });
    expect(story.acts).toHaveLength(6);
  });

  it("does not hold when the policy lets reps send, and says so", async () => {
    const policy = await readFile(join(import.meta.dirname, "../policy.yaml"), "utf8");
    const careless = join(folder, "careless.yaml");
    await writeFile(
      careless,
      policy
        .replace("      - tool:email:send:external\n      - tool:crm:write\n", "      - tool:crm:write\n")
        .replace("    allow:\n", "    allow:\n      - tool:email:send:external\n")
        .replace(/^rules:[^\n]*\n(?: .*\n)+/m, ""),
    );
    const { code, stdout } = await play(["--policy", careless]);
    expect(code).toBe(1);
    expect(stdout).toContain("✘ nothing that a rep's agent sent left the company");
  });

  it("does not begin with a policy that is broken", async () => {
    const broken = join(folder, "broken.yaml");
    await writeFile(broken, "polices: []\n");
    const { code, stderr } = await play(["--policy", broken]);
    expect(code).toBe(1);
    expect(stderr).toContain('did you mean "policies"?');
  });
});

it("any OpenAI-compatible endpoint can play the model, in both frameworks", async () => {
  const requests: string[] = [];
  const server = createServer((request, response) => void answer(request, response));
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body: unknown = JSON.parse(Buffer.concat(await request.toArray()).toString("utf8"));
    requests.push(`${request.url} ${request.headers.authorization}`);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(completion(body as ChatRequest)));
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const run = await play(["--json"], {
    OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
    OPENAI_API_KEY: "k",
    AMBIT_MODEL: "scripted",
  });
  server.close();
  expect(run).toMatchObject({ code: 0, stderr: "" });
  const story = JSON.parse(run.stdout);
  expect(new Set(requests)).toEqual(new Set(["/v1/chat/completions Bearer k"]));
  expect(story.acts.map(({ calls }: { calls: unknown[] }) => calls.length)).toEqual([4, 4, 4, 4, 3, 3]);
  expect(story.acts[0].answer).toContain("role:rep denied tool:email:send:external");
});

interface ChatRequest {
  readonly messages: readonly {
    role: string;
    content: unknown;
    tool_call_id?: string;
    tool_calls?: { id: string; function: { name: string } }[];
  }[];
}

/** The chat-completions protocol around the same script. */
function completion({ messages }: ChatRequest): object {
  const names = new Map(
    messages.flatMap(({ tool_calls = [] }) => tool_calls.map((call) => [call.id, call.function.name])),
  );
  const answers: Answer[] = messages.flatMap(({ role, content, tool_call_id = "" }) =>
    role === "tool" ? [{ tool: names.get(tool_call_id) ?? "", text: String(content) }] : [],
  );
  const move = nextMove(answers);
  const message =
    move.tool === undefined
      ? { role: "assistant", content: move.say }
      : {
          role: "assistant",
          content: null,
          tool_calls: [
            {
              id: `c${answers.length}`,
              type: "function",
              function: { name: move.tool, arguments: JSON.stringify(move.input) },
            },
          ],
        };
  return {
    // Frameworks take two messages with one id for one message.
    id: `completion-${messages.length}`,
    object: "chat.completion",
    created: 0,
    model: "scripted",
    choices: [{ index: 0, message, finish_reason: move.tool === undefined ? "stop" : "tool_calls" }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
}
