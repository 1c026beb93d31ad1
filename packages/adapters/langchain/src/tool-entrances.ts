import { Runnable } from "@langchain/core/runnables";
import { DynamicStructuredTool, DynamicTool, StructuredTool, Tool } from "@langchain/core/tools";

type ToolBody = (input: unknown, ...rest: unknown[]) => unknown;

/** A structured tool, seen from here. `_call` is protected in LangChain's types, and where every way in ends. */
export interface Interceptable {
  readonly name: string;
  readonly responseFormat?: string | undefined;
  readonly returnDirect?: boolean | undefined;
  readonly _call: ToolBody;
  readonly func?: ToolBody | undefined;
}

/** Whether a tool has the one body in which all its entrances end. */
export function isInterceptable(tool: object): tool is Interceptable {
  return whyOutOfReach(tool) === undefined;
}

/** Why calls of a tool cannot be intercepted; `undefined` where they can. */
export function whyOutOfReach(tool: object): string | undefined {
  if (!("invoke" in tool)) return "the provider runs it";
  if (!("_call" in tool && typeof tool._call === "function")) {
    return "it is a runnable, not a tool; make it one with tool()";
  }
  const own = entrances.find((entrance) => !isLangChains(tool, ownerOf(tool, entrance)));
  if (own === undefined) return undefined;
  return `its class has a "${own}" of its own, which need not pass "_call"; put the work there, or make it one with tool()`;
}

const entrances = ["invoke", "call", "batch", "stream", "transform", "_streamIterator"];
const classes: readonly unknown[] = [Runnable, StructuredTool, Tool, DynamicTool, DynamicStructuredTool];
const classNames = new Set(["Runnable", "StructuredTool", "Tool", "DynamicTool", "DynamicStructuredTool"]);

/**
 * INVARIANT (E4): only LangChain's own entrances are known to end in `_call`. One of the tool's own can do the work
 * itself, or reach the body of the original, so that nothing is judged.
 */
function isLangChains(tool: object, owner: object | undefined): boolean {
  if (owner === undefined || !Object.hasOwn(owner, "constructor")) return false;
  if (tool instanceof StructuredTool) return classes.includes(owner.constructor);
  return classNames.has(owner.constructor.name); // Made by another copy of LangChain, such as the one for `require`.
}

function ownerOf(tool: object, key: string): object | undefined {
  for (let holder: object | null = tool; holder !== null; holder = Object.getPrototypeOf(holder)) {
    if (Object.hasOwn(holder, key)) return holder;
  }
  return undefined;
}
