import { aiSdkFrameworks } from "./ai-sdk-driver.ts";
import type { JoinedFramework } from "./joined-framework.ts";
import { langChainFrameworks } from "./langchain-driver.ts";
import { mastraFrameworks } from "./mastra-driver.ts";
import { mcpFrameworks } from "./mcp-driver.ts";
import { openAiAgentsFrameworks } from "./openai-agents-driver.ts";
import { plainFunctionFrameworks } from "./plain-functions-driver.ts";

/** Everything that has joined the suite of adapters. */
export const joinedFrameworks: readonly JoinedFramework[] = [
  ...aiSdkFrameworks,
  ...langChainFrameworks,
  ...openAiAgentsFrameworks,
  ...mastraFrameworks,
  ...mcpFrameworks,
  ...plainFunctionFrameworks,
];
