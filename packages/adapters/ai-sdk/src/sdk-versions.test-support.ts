import * as ai7 from "ai";
import * as ai7Test from "ai/test";
import * as ai5 from "ai5";
import * as ai5Test from "ai5/test";
import type { Agent as LoopAgent } from "ai6";
import * as ai6 from "ai6";
import * as ai6Test from "ai6/test";

export type Version = "7" | "6" | "5";

/** What the tests use of each version. They are written against the types of 6, which the others have at run time. */
export interface SdkVersion {
  readonly version: Version;
  readonly sdk: typeof ai6;
  /** Runs the agent's loop. */
  readonly Agent: typeof ai6.ToolLoopAgent;
  /** Ends a loop after so many steps. */
  readonly stop: (steps: number) => never;
  /** How an application gives a tool its own context. */
  readonly contextOption: (name: string, value: unknown) => object;
}

const sdk7 = ai7 as unknown as typeof ai6;
const sdk5 = ai5 as unknown as typeof ai6;

export const versions: readonly SdkVersion[] = [
  {
    version: "7",
    sdk: sdk7,
    Agent: sdk7.ToolLoopAgent,
    stop: (steps) => ai7.isStepCount(steps) as never,
    contextOption: (name, value) => ({ toolsContext: { [name]: value } }),
  },
  {
    version: "6",
    sdk: ai6,
    Agent: ai6.ToolLoopAgent,
    stop: (steps) => ai6.stepCountIs(steps) as never,
    contextOption: (_name, value) => ({ experimental_context: value }),
  },
  {
    version: "5",
    sdk: sdk5,
    Agent: ai5.Experimental_Agent as unknown as typeof ai6.ToolLoopAgent,
    stop: (steps) => ai5.stepCountIs(steps) as never,
    contextOption: (_name, value) => ({ experimental_context: value }),
  },
];

/** What a loop is started with. */
export interface LoopSettings {
  readonly model: never;
  /** Of whichever version. */
  readonly tools: unknown;
  /** Other settings of that version. */
  readonly [setting: string]: unknown;
}

/** One way in which an application lets a model call tools. */
export interface Loop extends SdkVersion {
  readonly loop: "generateText" | "streamText" | "agent.generate" | "agent.stream";
  /** Runs it to its end. Gives the model's last words; rejects where the application would be told of an error. */
  readonly run: (settings: LoopSettings) => Promise<string>;
}

export const loops: readonly Loop[] = versions.flatMap((known): Loop[] => {
  const { sdk, Agent, stop } = known;
  const all = (settings: LoopSettings) => ({ prompt: "go", stopWhen: stop(5), ...settings }) as never;
  const agent = ({ abortSignal, timeout, ...settings }: LoopSettings) => {
    const made = new Agent({ stopWhen: stop(5), ...settings } as never) as LoopAgent;
    // Given undefined, version 7 takes it for what the application wants.
    const perCall = Object.entries({ abortSignal, timeout }).filter(([, value]) => value !== undefined);
    return { made, call: { prompt: "go", ...Object.fromEntries(perCall) } };
  };
  return [
    { ...known, loop: "generateText", run: async (settings) => (await sdk.generateText(all(settings))).text },
    {
      ...known,
      loop: "streamText",
      run: (settings) => textOf(sdk.streamText(all({ onError: () => {}, ...settings }))),
    },
    {
      ...known,
      loop: "agent.generate",
      run: async (settings) => {
        const { made, call } = agent(settings);
        return (await made.generate(call)).text;
      },
    },
    {
      ...known,
      loop: "agent.stream",
      run: async (settings) => {
        const { made, call } = agent({ onError: () => {}, ...settings });
        return textOf(await made.stream(call));
      },
    },
  ];
});

/** Reads a stream as a server does. */
async function textOf(result: Pick<ReturnType<typeof ai6.streamText>, "fullStream">): Promise<string> {
  let text = "";
  for await (const part of partsOf(result)) {
    if (part.type === "start-step") text = "";
    if (part.type === "text-delta") text += part.text;
    if (part.type === "error") throw part.error;
    if (part.type === "abort") throw new Error("the stream was aborted");
  }
  return text;
}

/** All parts of a stream: version 7 names it "stream", the others "fullStream". */
export function partsOf(
  result: Pick<ReturnType<typeof ai6.streamText>, "fullStream">,
): ReturnType<typeof ai6.streamText>["fullStream"] {
  const { stream } = result as { stream?: ReturnType<typeof ai6.streamText>["fullStream"] };
  return stream ?? result.fullStream;
}

/** A call that a model makes. */
export interface ScriptedCall {
  readonly name: string;
  /** Sent as JSON. */
  readonly input?: unknown;
  /** Sent as it is, in place of `input`. */
  readonly text?: string;
  readonly id?: string;
  /** Whether the provider has run it already, with this result. */
  readonly providerResult?: string;
}

interface Output {
  readonly type: string;
  readonly value: unknown;
}

interface Message {
  readonly role: string;
  readonly content: readonly { readonly type: string; readonly toolCallId: string; readonly output?: Output }[];
}

/** A model that makes the scripted calls, one list of them in each step, and then says "done". */
export function scripted(version: Version, steps: readonly (readonly ScriptedCall[])[]) {
  let step = 0;
  let ids = 0;
  const content = () => {
    const calls = steps[step++];
    if (calls === undefined) return [{ type: "text", text: "done" }];
    return calls.flatMap(({ name, input = {}, text, id, providerResult }) => {
      const providerExecuted = providerResult === undefined ? undefined : true;
      const about = { toolCallId: id ?? `call-${ids++}`, toolName: name, providerExecuted };
      const call = { type: "tool-call", ...about, input: text ?? JSON.stringify(input) };
      return providerExecuted ? [call, { type: "tool-result", ...about, result: providerResult }] : [call];
    });
  };
  const doGenerate = async () => {
    const parts = content();
    return { content: parts, ...ending(version, parts), warnings: [] };
  };
  const doStream = async () => {
    const parts = content();
    const chunks = parts.flatMap((part) => ("text" in part ? textChunks(part.text) : [part]));
    const finish = { type: "finish", ...ending(version, parts) };
    return { stream: streamOf([{ type: "stream-start", warnings: [] }, ...chunks, finish]) };
  };
  const model = mockOf(version, { doGenerate, doStream });
  const prompts = () => [...model.doGenerateCalls, ...model.doStreamCalls].map(({ prompt }) => prompt as Message[]);
  /**
   * The outputs of tools that the model was given with its call of that number, or with its last, in the order of the
   * calls: a stream of version 5 gives them in the order in which they come.
   */
  const seen = (number = -1) =>
    (prompts().at(number) ?? [])
      .flatMap(({ role, content: parts }) => (role === "tool" ? parts : []))
      .sort((left, right) => left.toolCallId.localeCompare(right.toolCallId))
      .flatMap(({ output }) => (output === undefined ? [] : [output]));
  const offered = () => model.doGenerateCalls.map(({ tools = [] }) => tools.map(({ name }) => name));
  return { model: model as never, prompts, seen, offered };
}

/** The mocks of the versions differ in the name of their interface only. */
function mockOf(version: Version, settings: object) {
  switch (version) {
    case "7":
      return new ai7Test.MockLanguageModelV4(settings as never);
    case "6":
      return new ai6Test.MockLanguageModelV3(settings as never);
    case "5":
      return new ai5Test.MockLanguageModelV2(settings as never);
  }
}

/** Why a step ended, and what it took. */
function ending(version: Version, parts: readonly { readonly type: string }[]) {
  const unified = parts.some(({ type }) => type === "tool-call") ? "tool-calls" : "stop";
  if (version === "5") return { finishReason: unified, usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } };
  const usage = { inputTokens: { total: 1, noCache: 1 }, outputTokens: { total: 1, text: 1 } };
  return { finishReason: { unified, raw: unified }, usage };
}

function textChunks(delta: string): readonly object[] {
  return [
    { type: "text-start", id: "t" },
    { type: "text-delta", id: "t", delta },
    { type: "text-end", id: "t" },
  ];
}

function streamOf(chunks: readonly unknown[]): ReadableStream<unknown> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}
