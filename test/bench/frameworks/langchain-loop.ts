import { authorizationMiddleware, withAuthorization } from "@ambit/langchain";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { createAgent } from "langchain";
import { z } from "zod";
import { type FrameworkLoop, given, toolName } from "./framework-loop.ts";

const schema = z.object({ customer: z.string(), limit: z.number() });
const input = { messages: [new HumanMessage("go")] };

/** `createAgent` with either way to authorize its tools. */
export const langChainLoops: readonly FrameworkLoop[] = [
  {
    name: "LangChain 1, createAgent, withAuthorization",
    prepare(authorization, body) {
      const plain = [readTool(body)];
      const tools = authorization === undefined ? plain : withAuthorization(plain, authorization);
      const agent = createAgent({ model: new CallingModel({}), tools: [...tools] });
      return () => agent.invoke(input);
    },
  },
  {
    name: "LangChain 1, createAgent, authorizationMiddleware",
    prepare(authorization, body) {
      const middleware = authorization === undefined ? [] : [authorizationMiddleware(authorization)];
      const agent = createAgent({ model: new CallingModel({}), tools: [readTool(body)], middleware });
      return () => agent.invoke(input);
    },
  },
];

function readTool(body: () => string) {
  return tool(async () => body(), { name: toolName, description: "Reads a customer", schema });
}

/** Calls the tool, and is done once it has the result. It keeps nothing. */
class CallingModel extends BaseChatModel {
  override _llmType(): string {
    return "scripted";
  }

  override bindTools(_tools: readonly object[]): this {
    return this;
  }

  override async _generate(messages: BaseMessage[]) {
    const isDone = ToolMessage.isInstance(messages.at(-1));
    const call = { type: "tool_call" as const, id: "call-1", name: toolName, args: { ...given } };
    const message = new AIMessage(isDone ? "done" : { content: "", tool_calls: [call] });
    return { generations: [{ text: message.text, message }], llmOutput: {} };
  }
}
