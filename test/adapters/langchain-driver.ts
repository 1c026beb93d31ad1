import type { AdapterDriver, AgentReport, AgentScript, ScriptedCall, ScriptedTool } from "@ambit/conformance";
import { type AnyTool, authorizationMiddleware, withAuthorization } from "@ambit/langchain";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { RunnableLambda } from "@langchain/core/runnables";
import { StructuredTool, tool } from "@langchain/core/tools";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import { Command, END, interrupt, MemorySaver, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { createReactAgent, ToolNode } from "@langchain/langgraph/prebuilt";
import { type AgentMiddleware, createAgent, humanInTheLoopMiddleware } from "langchain";
import { z } from "zod";
import { shownText, zodSchema } from "./framework-tool.ts";
import type { JoinedFramework } from "./joined-framework.ts";

type Authorize = Exclude<AgentScript["authorization"], undefined>;
type Agent = { invoke(input: object | null, settings: object): Promise<{ messages: BaseMessage[] }> };

const withMiddleware = "createAgent with authorizationMiddleware";

interface Made {
  readonly model: ScriptedModel;
  readonly tools: readonly AnyTool[];
  readonly options: Authorize | undefined;
  /** Whether it pauses before tools run, until somebody resumes it. */
  readonly pauses: boolean;
}

/** The ways in which LangChain runs tools, each with what authorizes them there. */
const setups = {
  "createAgent with withAuthorization": (made: Made) => agent(createAgent({ ...base(made), tools: wrapped(made) })),
  "createAgent version v1 with withAuthorization": (made: Made) =>
    agent(createAgent({ ...base(made), tools: wrapped(made), version: "v1" })),
  [withMiddleware]: (made: Made) => {
    const { middleware, ...more } = base(made);
    const ours = made.options ? [authorizationMiddleware(made.options)] : [];
    return agent(createAgent({ ...more, tools: [...made.tools], middleware: [...middleware, ...ours] }));
  },
  "createReactAgent with withAuthorization": (made: Made) => {
    const settings = { llm: made.model, tools: wrapped(made) as never, checkpointSaver: new MemorySaver() };
    return agent(createReactAgent({ ...settings, ...(made.pauses ? { interruptBefore: ["tools"] as const } : {}) }));
  },
  "ToolNode in a graph with withAuthorization": (made: Made) => graph(made),
};

function base({ model, tools, pauses }: Made) {
  const interruptOn = Object.fromEntries(tools.map(({ name }) => [name, true]));
  const pausing = humanInTheLoopMiddleware({ interruptOn } as never) as unknown as AgentMiddleware; // Its schema is of zod 3.
  const middleware = pauses ? [pausing] : [];
  return { model, middleware, checkpointer: new MemorySaver() };
}

function wrapped({ tools, options }: Made): AnyTool[] {
  return [...(options === undefined ? tools : withAuthorization(tools, options))];
}

type Setup = keyof typeof setups;

const byRawArguments = {
  ids: ["ungovernable-refused"],
  reason: "a middleware is given calls, not tools: those of a body out of reach are judged by what the model wrote",
};

/** Each way in which LangChain runs tools. */
export const langChainFrameworks: readonly JoinedFramework[] = (Object.keys(setups) as readonly Setup[]).map(
  (setup) => ({
    name: `LangChain, ${setup}`,
    installed: setup.startsWith("createAgent") ? "langchain" : "@langchain/langgraph",
    driver: langChainDriver(setup),
    excuses: setup === withMiddleware ? [byRawArguments] : [],
  }),
);

function langChainDriver(setup: Setup): AdapterDriver {
  const wraps = setup !== withMiddleware;
  return {
    capabilities: ["abort", "approve", "reshape", "yield", "offer", ...(wraps ? (["refuse"] as const) : [])],
    run: async ({ tools, steps, authorization, onBegin, approved }) => {
      const controller = new AbortController();
      onBegin?.(async () => controller.abort(new Error("the user left")));
      const model = new ScriptedModel(steps);
      const made = { model, tools: tools.map(toolOf), options: authorization, pauses: approved ?? false };
      const runnable = setups[setup](made);
      const settings = { signal: controller.signal, recursionLimit: 200, configurable: { thread_id: "t1" } };
      let given = await runnable.invoke({ messages: [new HumanMessage("go")] }, settings);
      // Paused, or the model has had its last word.
      for (let step = 0; approved && step < steps.length; step += 1) {
        given = await runnable.invoke(resumption(setup, steps[step]?.length ?? 0), settings);
      }
      return report(model, given.messages);
    },
    ungovernable: (authorization) =>
      Object.entries(outOfReach).map(([kind, search]) => ({
        kind,
        wrap: () => withAuthorization([search as AnyTool], authorization), // Some of them are no tools.
      })),
  };
}

function agent(made: unknown): Agent {
  return made as Agent; // Its types say what state there is, of which only the messages are read.
}

/** What says that a person has approved the calls of a step. */
function resumption(setup: Setup, calls: number): Command | null {
  if (setup.startsWith("createReactAgent")) return null;
  return new Command({ resume: { decisions: Array.from({ length: calls }, () => ({ type: "approve" })) } });
}

function graph(made: Made): Agent {
  const bound = made.model.bindTools(made.tools);
  const compiled = new StateGraph(MessagesAnnotation)
    .addNode("model", async ({ messages }, settings) => ({ messages: [await bound.invoke(messages, settings)] }))
    .addNode("pause", () => {
      if (made.pauses) interrupt("May these calls be made?");
      return {};
    })
    .addNode("tools", new ToolNode(wrapped(made) as never))
    .addEdge(START, "model")
    .addConditionalEdges(
      "model",
      ({ messages }) => ((messages.at(-1) as AIMessage).tool_calls?.length ? "pause" : END),
      ["pause", END],
    )
    .addEdge("pause", "tools")
    .addEdge("tools", "model")
    .compile({ checkpointer: new MemorySaver() });
  return agent(compiled);
}

function toolOf(scripted: ScriptedTool): AnyTool {
  const { name, description, body, reshape, parameters } = scripted;
  // A generator's chunks are events here, and what it returns is the result.
  const run = (args: unknown) => body(args as Record<string, unknown>);
  const schema = reshape === undefined ? parameters : zodSchema(scripted);
  return tool(run as never, { name, description, schema: schema as never }) as unknown as AnyTool;
}

class OwnEntrance extends StructuredTool {
  override name = "search";
  override description = "d";
  override schema = z.object({});
  override async invoke(): Promise<never> {
    return "found" as never;
  }
  protected override async _call(): Promise<string> {
    return "found";
  }
}

const outOfReach: Record<string, object> = {
  "a tool that the provider runs": { type: "web_search", name: "search" },
  "a runnable made into a tool": RunnableLambda.from(() => "found").asTool({ name: "search", schema: z.string() }),
  "a class with an entrance of its own": new OwnEntrance(),
};

/** A model that makes the scripted calls, one step each, and then says "done". */
class ScriptedModel extends BaseChatModel {
  readonly seen: BaseMessage[][] = [];
  offered: unknown;
  readonly #steps: readonly (readonly ScriptedCall[])[];

  constructor(steps: readonly (readonly ScriptedCall[])[]) {
    super({});
    this.#steps = steps;
  }

  override _llmType(): string {
    return "scripted";
  }

  override bindTools(tools: readonly unknown[]): this {
    this.offered = tools.map((offered) => convertToOpenAITool(offered as never));
    return this;
  }

  override async _generate(messages: BaseMessage[]) {
    const calls = this.#steps[this.seen.length];
    this.seen.push([...messages]);
    const toolCalls = calls?.map(({ id, tool: name, arguments: args }) => ({
      type: "tool_call" as const,
      id,
      name,
      args: structuredClone(args),
    }));
    const message = new AIMessage(toolCalls === undefined ? "done" : { content: "", tool_calls: toolCalls });
    return { generations: [{ text: message.text, message }], llmOutput: {} };
  }
}

function report(model: ScriptedModel, messages: readonly BaseMessage[]): AgentReport {
  const results = (model.seen.at(-1) ?? [])
    .filter((message) => ToolMessage.isInstance(message))
    .map(({ tool_call_id: id, content }) => ({ id, text: shownText(content) }));
  const transcript = JSON.stringify([model.seen, messages]);
  return { results, text: messages.at(-1)?.text ?? "", transcript, offered: model.offered };
}
