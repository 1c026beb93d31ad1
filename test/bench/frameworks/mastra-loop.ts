import { withAuthorization } from "@ambit/mastra";
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { z } from "zod";
import { type FrameworkLoop, toolName } from "./framework-loop.ts";
import { languageModel } from "./language-model.ts";

const inputSchema = z.object({ customer: z.string(), limit: z.number() });

/** `Agent.generate` of Mastra. */
export const mastraLoop: FrameworkLoop = {
  name: "Mastra 1, Agent.generate",
  prepare(authorization, body) {
    const read = createTool({
      id: toolName,
      description: "Reads a customer",
      inputSchema,
      execute: async () => body(),
    });
    const plain = { [toolName]: read };
    const tools = authorization === undefined ? plain : withAuthorization(plain, authorization);
    const model = languageModel("v4") as never; // It answers as the interface says.
    const agent = new Agent({ id: "assistant", name: "assistant", instructions: "Read.", model, tools });
    return () => agent.generate("go", { maxSteps: 2 });
  },
};
