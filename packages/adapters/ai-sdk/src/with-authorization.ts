import {
  type ActualCost,
  type ActualCostRequest,
  type Authorizer,
  type CallContext,
  type ContextSource,
  reportActualCost,
  resolveContext,
  ToolCallDeniedError,
  UngovernableToolError,
  undecided,
} from "@ambit/core";
import type { ToolSet } from "ai";

/** What a context function is told of the call. Nothing in it was said by the model, save which tool it chose. */
export interface ToolExecution {
  readonly toolName: string;
  /** The application's own: `toolsContext[toolName]` in AI SDK 7, `experimental_context` in 5 and 6. */
  readonly context: unknown;
  readonly abortSignal: AbortSignal | undefined;
}

/** Settings of {@link withAuthorization}. */
export interface AuthorizationOptions<Name extends PropertyKey = string> {
  /** Decides each call and runs those that it permits. */
  readonly authorizer: Authorizer;
  /**
   * Who asks, for whom, in which session: known when the tools are wrapped, or resolved for each call. Where it is
   * `undefined`, or resolving it fails, the call is denied with code `unauthenticated`.
   */
  readonly context: ContextSource<ToolExecution>;
  /**
   * What a call really cost, by the tool's name, told from its (last) result; `undefined` where that is not known. It is
   * charged in place of what was reserved. Where the tool or the function fails, the reservation is charged.
   */
  readonly actualCost?: { readonly [Key in Name]?: ActualCost } | undefined;
  /** Tools whose ordinary `execute` returns an async iterable: their preliminary results are kept. */
  readonly streaming?: { readonly [Key in Name]?: boolean } | undefined;
  /** Tools that may run without any check because no check can reach them. Default: none; such tools are refused. */
  readonly ungoverned?: readonly Name[] | undefined;
}

/** What is wrapped: the tools of the installed SDK, or those of another version of it, which all have a schema. */
export type AuthorizableTools = Record<string, ToolSet[string] | { readonly inputSchema: unknown }>;

/**
 * The same tools, each call of which is authorized before it runs and runs with the very arguments that were judged.
 * A denied call throws a {@link ToolCallDeniedError}, which the model receives as the tool's result.
 *
 * The given tools are not changed. Throws an {@link UngovernableToolError} for tools that a provider or a client would
 * run out of reach, and for a `toolSearch`, whose body is the SDK's own.
 */
export function withAuthorization<TOOLS extends AuthorizableTools>(
  tools: TOOLS,
  options: AuthorizationOptions<keyof TOOLS>,
): TOOLS {
  const wrapped = {};
  for (const name of Object.keys(tools)) {
    const value = wrapTool(name, tools[name] as LooseTool, options); // Every value is a tool.
    // Defined, not assigned: a tool may be named like something that objects inherit.
    Object.defineProperty(wrapped, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return wrapped as TOOLS; // Same names; each tool is a clone with another `execute` of the same type.
}

type Execute = (input: unknown, options: ExecuteOptions | undefined) => unknown;

/** What the versions have in common, seen from here. */
interface LooseTool {
  readonly execute?: Execute;
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

/** Passed through whole; only these members are read. */
interface ExecuteOptions {
  readonly toolCallId?: string;
  readonly abortSignal?: AbortSignal;
  readonly context?: unknown;
  readonly experimental_context?: unknown;
}

interface Wrapping {
  /** By which calls are judged. */
  readonly name: string;
  readonly authorizer: Authorizer;
  readonly context: ContextSource<ToolExecution>;
  readonly actualCost: Costs;
}

type Costs = ActualCostRequest["costs"];

// INVARIANT (E4): what counts as wrapped is known here only; a mark on the tool could be set by anyone.
const wrappings = new WeakMap<object, Wrapping>();

function wrapTool<Name extends PropertyKey>(
  name: string,
  tool: LooseTool,
  options: AuthorizationOptions<Name>,
): object {
  const { authorizer, context, actualCost } = options;
  const before = wrappings.get(tool);
  // Under another name it is judged by both: what one of them is denied does not run.
  if (before?.name === name && before.authorizer === authorizer && before.context === context) return tool;
  const inner = tool.execute;
  const outOfReach = whyOutOfReach(tool);
  if (typeof inner !== "function" || outOfReach !== undefined) {
    if (options.ungoverned?.some((listed) => listed === name)) return tool;
    throw new UngovernableToolError(name, outOfReach ?? "it has no execute function, so it runs elsewhere");
  }
  const guarded: Guarded = { name, tool, inner, wrapping: { name, authorizer, context, actualCost } };
  const execute = streams(guarded, options.streaming) ? guardStream(guarded) : guardCall(guarded);
  const caller = guardCaller(tool.experimental_toolCaller, (bound) => wrapTool(name, bound, options));
  const copy = copyWith(tool, caller === undefined ? { execute } : { execute, experimental_toolCaller: caller });
  wrappings.set(copy, guarded.wrapping);
  return copy;
}

function whyOutOfReach({ type, isProviderExecuted, execute, [toolSearch]: search }: LooseTool): string | undefined {
  if (search === true) return "the SDK replaces its execute function in each step";
  const provider = type === "provider" || type === "provider-defined";
  // Version 7 says where a provider's tool runs; 5 and 6 do not, but there only those with an `execute` run here.
  const here = isProviderExecuted === undefined ? execute !== undefined : isProviderExecuted === false;
  return provider && !here ? "the provider runs it" : undefined;
}

function streams<Name extends PropertyKey>(
  { name, inner }: Guarded,
  streaming: AuthorizationOptions<Name>["streaming"],
): boolean {
  const listed: { readonly [name: string]: unknown } = streaming ?? {};
  if (Object.hasOwn(listed, name) && listed[name] !== undefined) return listed[name] === true;
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

interface Guarded {
  readonly name: string;
  readonly tool: LooseTool;
  readonly inner: Execute;
  readonly wrapping: Wrapping;
}

function guardCall({ name, tool, inner, wrapping }: Guarded): Execute {
  return async (input, options) => {
    const context = await contextOf(wrapping.context, name, options);
    let started = false;
    const running = wrapping.authorizer.run(toolCall(name, input, options), context, async (args, execution) => {
      started = true;
      const given = inner.call(tool, args, options);
      // The SDK looks for an iterable before anything is awaited, so here only its last value can be the result.
      const result = await (isAsyncIterable(given) ? lastOf(given) : given);
      reportActualCost({ costs: wrapping.actualCost, tool: name, result }, execution);
      return result;
    });
    const outcome = await running.catch((error: unknown) => {
      throw started ? error : new ToolCallDeniedError(name, undecided);
    });
    if (!outcome.executed) throw new ToolCallDeniedError(name, outcome.decision);
    return outcome.result;
  };
}

function guardStream({ name, tool, inner, wrapping }: Guarded): Execute {
  return async function* (input, options) {
    const context = await contextOf(wrapping.context, name, options);
    const deciding = wrapping.authorizer.stream(toolCall(name, input, options), context, (args, execution) => {
      const given = inner.call(tool, args, options);
      const values = isAsyncIterable(given) ? given : once(given);
      return reporting(values, (result) =>
        reportActualCost({ costs: wrapping.actualCost, tool: name, result }, execution),
      );
    });
    const outcome = await deciding.catch(() => {
      throw new ToolCallDeniedError(name, undecided);
    });
    if (!outcome.executed) throw new ToolCallDeniedError(name, outcome.decision);
    yield* outcome.stream;
  };
}

function toolCall(name: string, input: unknown, options: ExecuteOptions | undefined) {
  return { tool: name, arguments: input, id: options?.toolCallId };
}

function contextOf(
  source: ContextSource<ToolExecution>,
  toolName: string,
  options: ExecuteOptions | undefined,
): Promise<CallContext | undefined> {
  const abortSignal = options?.abortSignal;
  const context = options?.context ?? options?.experimental_context;
  return resolveContext({ source, information: { toolName, context, abortSignal }, signal: abortSignal });
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  const holder = (typeof value === "object" && value !== null) || typeof value === "function";
  return holder && Symbol.asyncIterator in value && typeof value[Symbol.asyncIterator] === "function";
}

async function lastOf(values: AsyncIterable<unknown>): Promise<unknown> {
  let last: unknown;
  for await (const value of values) last = value;
  return last;
}

/** The same values; at their end, the last of them is told. */
async function* reporting(values: AsyncIterable<unknown>, tell: (last: unknown) => void): AsyncGenerator<unknown> {
  let last: unknown;
  for await (const value of values) {
    last = value;
    yield value;
  }
  tell(last);
}

async function* once(value: unknown): AsyncGenerator<unknown> {
  yield await value;
}
