import { withAuthorization } from "@ambit/ai-sdk";
import * as ai7 from "ai";
import * as ai6 from "ai6";
import { z } from "zod";
import { type FrameworkLoop, given, toolName } from "./framework-loop.ts";
import { languageModel } from "./language-model.ts";

const inputSchema = z.object({ customer: z.string(), limit: z.number() });

/** `generateText` of both versions, a step at most twice. */
export const aiSdkLoops: readonly FrameworkLoop[] = [
  {
    name: "AI SDK 7, generateText",
    prepare(authorization, body) {
      const plain = { [toolName]: ai7.tool({ inputSchema, execute: async () => body() }) };
      const tools = authorization === undefined ? plain : withAuthorization(plain, authorization);
      const model = languageModel("v4") as ai7.LanguageModel; // It answers as the interface says.
      const stopWhen = ai7.isStepCount(2);
      return () => ai7.generateText({ model, tools, prompt: JSON.stringify(given), stopWhen });
    },
  },
  {
    name: "AI SDK 6, generateText",
    prepare(authorization, body) {
      const plain = { [toolName]: ai6.tool({ inputSchema, execute: async () => body() }) };
      const tools = authorization === undefined ? plain : withAuthorization(plain, authorization);
      const model = languageModel("v3") as ai6.LanguageModel; // It answers as the interface says.
      const stopWhen = ai6.stepCountIs(2);
      return () => ai6.generateText({ model, tools, prompt: JSON.stringify(given), stopWhen });
    },
  },
];
