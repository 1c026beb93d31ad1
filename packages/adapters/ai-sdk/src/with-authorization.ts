import { type Authorizer, type ContextSource, UngovernableToolError } from "@ambit/core";
import type { ToolSet } from "ai";
import { ApprovalPause, type NeedsApproval } from "./approval-pause.ts";
import type { AuthorizationOptions, ToolExecution } from "./authorization-options.ts";
import { type Execute, guardExecute } from "./guard-execute.ts";

/** What is wrapped: the tools of the installed SDK, or those of another version of it, which all have a schema. */
export type AuthorizableTools = Record<string, ToolSet[string] | { readonly inputSchema: unknown }>;

/**
 * The same tools, each call of which is authorized before it runs and runs with the very arguments that were judged.
 * A denied call throws a `ToolCallDeniedError`, which the model receives as the tool's result.
 *
 * The given tools are not changed. Throws an {@link UngovernableToolError} for tools that a provider or a client would
 * run out of reach, and for a `toolSearch`, whose body is the SDK's own.
 */
export function withAuthorization<TOOLS extends AuthorizableTools>(
  tools: TOOLS,
  options: AuthorizationOptions<keyof TOOLS>,
): TOOLS {
  const wrapped = {};
  const settings = { ...options, pause: options.approvals === "pause" ? new ApprovalPause(options) : undefined };
  for (const name of Object.keys(tools)) {
    const value = wrapTool(name, tools[name] as LooseTool, settings); // Every value is a tool.
    // Defined, not assigned: a tool may be named like something that objects inherit.
    Object.defineProperty(wrapped, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return wrapped as TOOLS; // Same names; each tool is a clone with another `execute` of the same type.
}

/** What the versions have in common, seen from here. */
interface LooseTool {
  readonly execute?: Execute;
  /** In versions 6 and 7. */
  readonly needsApproval?: unknown;
  readonly type?: string;
  readonly isProviderExecuted?: boolean;
  readonly experimental_toolCaller?: ToolCaller;
  readonly [toolSearch]?: boolean;
}

/** In version 7, how a tool that calls other tools, such as one that runs code, is given them. */
interface ToolCaller {
  readonly bind?: (tools: unknown) => LooseTool;
}

/** The mark of what `toolSearch` of version 7 makes. */
const toolSearch = Symbol.for("vercel.ai.toolSearch");

interface Wrapping {
  /** By which calls are judged. */
  readonly name: string;
  readonly authorizer: Authorizer;
  readonly context: ContextSource<ToolExecution>;
}

// INVARIANT (E4): what counts as wrapped is known here only; a mark on the tool could be set by anyone.
const wrappings = new WeakMap<object, Wrapping>();

interface WrappingSettings<Name extends PropertyKey> extends AuthorizationOptions<Name> {
  readonly pause: ApprovalPause | undefined;
}

function wrapTool<Name extends PropertyKey>(name: string, tool: LooseTool, options: WrappingSettings<Name>): object {
  const { authorizer, context, actualCost, pause } = options;
  const before = wrappings.get(tool);
  // Under another name it is judged by both: what one of them is denied does not run.
  if (before?.name === name && before.authorizer === authorizer && before.context === context) return tool;
  const inner = tool.execute;
  const outOfReach = whyOutOfReach(tool);
  if (typeof inner !== "function" || outOfReach !== undefined) {
    if (options.ungoverned?.some((listed) => listed === name)) return tool;
    throw new UngovernableToolError(name, outOfReach ?? "it has no execute function, so it runs elsewhere");
  }
  const yields = listsAsStreaming(name, options.streaming) ?? isGenerator(inner);
  const execute = guardExecute({ name, tool, inner, yields, authorizer, context, costs: actualCost, pause });
  const caller = guardCaller(tool.experimental_toolCaller, (bound) => wrapTool(name, bound, options));
  const copy = copyWith(tool, {
    execute,
    ...(caller === undefined ? {} : { experimental_toolCaller: caller }),
    ...(pause === undefined ? {} : { needsApproval: pausing(name, tool, pause) }),
  });
  wrappings.set(copy, { name, authorizer, context });
  return copy;
}

/** The tool's own approval, and the policy's beside it. */
function pausing(toolName: string, tool: LooseTool, pause: ApprovalPause): NeedsApproval {
  return async (input, invocation) => {
    const own = tool.needsApproval;
    const pausesAnyway = Boolean(typeof own === "function" ? await own.call(tool, input, invocation) : own);
    return pause.isNeeded({ toolName, input, invocation, pausesAnyway });
  };
}

function whyOutOfReach({ type, isProviderExecuted, execute, [toolSearch]: search }: LooseTool): string | undefined {
  if (search === true) return "the SDK replaces its execute function in each step";
  const provider = type === "provider" || type === "provider-defined";
  // Version 7 says where a provider's tool runs; 5 and 6 do not, but there only those with an `execute` run here.
  const here = isProviderExecuted === undefined ? execute !== undefined : isProviderExecuted === false;
  return provider && !here ? "the provider runs it" : undefined;
}

function listsAsStreaming(name: string, streaming: object | undefined): boolean | undefined {
  const listed: { readonly [name: string]: unknown } = { ...streaming };
  return Object.hasOwn(listed, name) && listed[name] !== undefined ? listed[name] === true : undefined;
}

function isGenerator(inner: Execute): boolean {
  return Object.prototype.toString.call(inner) === "[object AsyncGeneratorFunction]";
}

/**
 * INVARIANT (E4): where a call of the SDK binds a tool to the tools that it may call, the SDK runs the bound tool in
 * place of the wrapped one; so what binding gives is wrapped too.
 */
function guardCaller(caller: ToolCaller | undefined, wrap: (bound: LooseTool) => object): object | undefined {
  const bind = caller?.bind;
  if (caller === undefined || bind === undefined) return undefined;
  return copyWith(caller, { bind: (tools: unknown) => wrap(bind.call(caller, tools)) });
}

/** A copy that keeps prototype, accessors and hidden members, and has the given members in place of its own. */
function copyWith(original: object, members: Readonly<Record<string, unknown>>): object {
  // Descriptors are changed before there is a copy: what is frozen in the original could not be redefined in it.
  const descriptors: PropertyDescriptorMap = { ...Object.getOwnPropertyDescriptors(original) };
  for (const [name, value] of Object.entries(members)) {
    // A member that a class defines becomes an own one: the SDK's own spreads would lose it.
    const enumerable = descriptors[name]?.enumerable ?? true;
    descriptors[name] = { value, enumerable, writable: true, configurable: true };
  }
  return Object.create(Object.getPrototypeOf(original), descriptors);
}
