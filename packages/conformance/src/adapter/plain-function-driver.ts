import type { AdapterDriver, Authorization, ScriptedTool } from "./adapter-driver.ts";
import { playScript } from "./play-script.ts";

type GuardedFunction = (input: object) => string | Promise<string>;

/** `authorizer.guard` around plain functions, called by an agent that shows a model the message of what they throw. */
export const plainFunctionDriver: AdapterDriver = {
  capabilities: ["abort", "reshape", "refuse"],
  run: async ({ tools, steps, authorization, onBegin }) => {
    const signal = { aborted: false };
    onBegin?.(async () => {
      signal.aborted = true;
    });
    const functions = new Map(tools.map((tool) => [tool.name, functionOf(tool, authorization, signal)]));
    return playScript({ steps }, async ({ tool, arguments: args }) => {
      try {
        return (await functions.get(tool)?.(args)) ?? "there is no such function";
      } catch (error) {
        return error instanceof Error ? error.message : "the function failed";
      }
    });
  },
  ungovernable: ({ authorizer, context: source }) => {
    const context = typeof source === "function" ? () => source(undefined) : source;
    const several = (first: object, second: object) => [first, second];
    return [
      // A caller in plain JavaScript can give any function.
      { kind: "a generator function", wrap: () => authorizer.guard(async function* () {}, { tool: "a", context }) },
      {
        kind: "a function of several parameters",
        wrap: () => authorizer.guard(several as () => unknown, { tool: "a", context }),
      },
    ];
  },
};

function functionOf(
  { name, body, reshape }: ScriptedTool,
  authorization: Authorization | undefined,
  signal: { readonly aborted: boolean },
): GuardedFunction {
  // No generator: the driver does not offer to run them.
  const plain = (input: object) => body({ ...input }) as string | Promise<string>;
  const wrapped = authorization === undefined ? plain : guarded(name, plain, authorization, signal);
  return reshape === undefined ? wrapped : (input) => wrapped(reshape({ ...input }));
}

function guarded(
  tool: string,
  body: GuardedFunction,
  { authorizer, context: source }: Authorization,
  signal: { readonly aborted: boolean },
): GuardedFunction {
  const context = async () => {
    const known = typeof source === "function" ? await source(undefined) : source;
    return known && { ...known, signal };
  };
  return authorizer.guard(body, { tool, context });
}
