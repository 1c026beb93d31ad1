import { authorizationMiddleware } from "@ambit/langchain";
import type { BaseLanguageModelCallOptions } from "@langchain/core/language_models/base";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage, ToolMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { createAgent } from "langchain";
import type { AgentSetup } from "./ai-sdk-agent.ts";
import { type Endpoint, instructions } from "./endpoint.ts";
import { nextMove, request } from "./script.ts";

/** The user's request, worked on by LangChain's own agent. Gives what the agent says in the end. */
export async function runLangChainAgent({ tools, authorizer, context, endpoint }: AgentSetup): Promise<string> {
  const agent = createAgent({
    model: endpoint === undefined ? new ScriptedModel({}) : endpointModel(endpoint),
    systemPrompt: instructions,
    tools: tools.map(({ name, description, schema, execute }) =>
      tool(async (input: Record<string, unknown>) => JSON.stringify(await execute(input)), {
        name,
        description,
        schema,
      }),
    ),
    middleware: [authorizationMiddleware({ authorizer, context })], // The one line that makes the difference.
  });
  const { messages } = await agent.invoke({ messages: [{ role: "user", content: request }] }, { recursionLimit: 50 });
  return messages.at(-1)?.text ?? "";
}

function endpointModel({ baseURL, apiKey, model }: Endpoint): ChatOpenAI {
  return new ChatOpenAI({ model, apiKey, useResponsesApi: false, configuration: { baseURL } });
}

class ScriptedModel extends BaseChatModel<BaseLanguageModelCallOptions> {
  override _llmType(): string {
    return "scripted";
  }

  override bindTools(): this {
    return this;
  }

  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const answers = messages.filter((message) => ToolMessage.isInstance(message));
    const move = nextMove(answers.map(({ name = "", text }) => ({ tool: name, text })));
    const message =
      move.tool === undefined
        ? new AIMessage(move.say)
        : new AIMessage({
            content: "",
            tool_calls: [{ type: "tool_call", id: `call-${answers.length + 1}`, name: move.tool, args: move.input }],
          });
    return { generations: [{ text: message.text, message }] };
  }
}
