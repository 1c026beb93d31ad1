import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { withAuthorization } from "@ambit/ai-sdk";
import type { Authorizer, CallContext } from "@ambit/core";
import { generateText, isStepCount, type LanguageModel, type ToolSet, tool } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { type Endpoint, instructions } from "./endpoint.ts";
import type { OfficeTool } from "./office-tools.ts";
import { type Answer, nextMove, request } from "./script.ts";

/** What an agent needs to do its work in an act. */
export interface AgentSetup {
  readonly tools: readonly OfficeTool[];
  readonly authorizer: Authorizer;
  readonly context: CallContext;
  readonly endpoint: Endpoint | undefined;
}

/** The user's request, worked on by the AI SDK's own loop. Gives what the agent says in the end. */
export async function runAiSdkAgent({ tools, authorizer, context, endpoint }: AgentSetup): Promise<string> {
  const set: ToolSet = {};
  for (const { name, description, schema, execute } of tools) {
    set[name] = tool({ description, inputSchema: schema, execute });
  }
  const { text } = await generateText({
    model: endpoint === undefined ? scriptedModel() : endpointModel(endpoint),
    instructions,
    prompt: request,
    tools: withAuthorization(set, { authorizer, context }), // The one line that makes the difference.
    stopWhen: isStepCount(12),
  });
  return text;
}

function endpointModel({ baseURL, apiKey, model }: Endpoint): LanguageModel {
  return createOpenAICompatible({ name: "endpoint", baseURL, apiKey })(model);
}

function scriptedModel(): LanguageModel {
  let calls = 0;
  return new MockLanguageModelV4({
    doGenerate: async ({ prompt }) => {
      const move = nextMove(answersIn(prompt));
      const part =
        move.tool === undefined
          ? { type: "text" as const, text: move.say }
          : {
              type: "tool-call" as const,
              toolCallId: `call-${++calls}`,
              toolName: move.tool,
              input: JSON.stringify(move.input),
            };
      const reason = move.tool === undefined ? ("stop" as const) : ("tool-calls" as const);
      return {
        content: [part],
        finishReason: { unified: reason, raw: reason },
        usage: {
          inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
          outputTokens: { total: 0, text: 0, reasoning: 0 },
        },
        warnings: [],
      };
    },
  });
}

type Prompt = Parameters<InstanceType<typeof MockLanguageModelV4>["doGenerate"]>[0]["prompt"];

function answersIn(prompt: Prompt): Answer[] {
  return prompt.flatMap((message) => {
    if (message.role !== "tool") return [];
    return message.content.flatMap((part) => {
      if (part.type !== "tool-result") return [];
      const value = "value" in part.output ? part.output.value : part.output.type;
      return [{ tool: part.toolName, text: typeof value === "string" ? value : JSON.stringify(value) }];
    });
  });
}
