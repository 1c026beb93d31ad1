import { withAuthorization } from "@ambit/openai-agents";
import { Agent, type Model, type ModelRequest, Runner, tool, Usage } from "@openai/agents";
import { z } from "zod";
import { type FrameworkLoop, given, toolName } from "./framework-loop.ts";

const parameters = z.object({ customer: z.string(), limit: z.number() });
const runner = new Runner({ tracingDisabled: true });

/** A run of the OpenAI Agents SDK. */
export const openAiAgentsLoop: FrameworkLoop = {
  name: "OpenAI Agents, Runner.run",
  prepare(authorization, body) {
    const plain = [tool({ name: toolName, description: "Reads a customer", parameters, execute: async () => body() })];
    const tools = authorization === undefined ? plain : withAuthorization(plain, authorization);
    const agent = new Agent({ name: "assistant", model, tools: [...tools] });
    return () => runner.run(agent, "go");
  },
};

/** Calls the tool, and is done once it has the result. It keeps nothing. */
const model: Model = {
  getResponse: async ({ input }: ModelRequest) => {
    const last = Array.isArray(input) ? input.at(-1) : undefined;
    const usage = new Usage();
    if (last?.type === "function_call_result") {
      const content = [{ type: "output_text" as const, text: "done" }];
      return { usage, output: [{ type: "message", role: "assistant", status: "completed", content }] };
    }
    const call = { type: "function_call" as const, callId: "call-1", name: toolName, status: "completed" as const };
    return { usage, output: [{ ...call, arguments: JSON.stringify(given) }] };
  },
  getStreamedResponse: () => {
    throw new Error("nothing here is streamed");
  },
};
