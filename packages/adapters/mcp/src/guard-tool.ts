import { UngovernableToolError } from "@ambit/core";

/** What a body is called with: validated arguments, if the tool has a schema, and what the SDK knows of the request. */
export interface BodyCall {
  readonly tool: string;
  readonly arguments: unknown;
  readonly information: unknown;
}

/** Runs a body if its call is permitted, with the judged arguments. */
export type Judge = (call: BodyCall, body: (args: Record<string, unknown>) => unknown) => Promise<unknown>;

type Body = (...given: unknown[]) => unknown;

/** A tool as the SDK keeps it. In version 2, `executor` is what runs, and is made from `handler`. */
interface RegisteredTool {
  handler: unknown;
  executor?: unknown;
}

/** What {@link guardTool} works with. */
export interface ToolGuard {
  readonly judge: Judge;
  /** By which the tool is called at present. */
  readonly nameOf: () => string;
  readonly ungoverned: readonly string[];
}

/**
 * Puts a guard in front of a registered tool's bodies, also of those that it is given later. Throws an
 * `UngovernableToolError` for a tool whose results do not come back from its body.
 */
export function guardTool(tool: object, guard: ToolGuard): void {
  const known = tool as RegisteredTool; // What is missing from it is seen here below.
  assertGovernable(known.handler, guard);
  guardMember(known, "handler", guard);
  if (known.executor !== undefined) guardMember(known, "executor", guard);
}

/** Throws for what cannot be judged under the tool's present name. */
export function assertGovernable(body: unknown, { nameOf, ungoverned }: ToolGuard): void {
  if (isBody(body) || ungoverned.includes(nameOf())) return;
  const task = typeof body === "object" && body !== null && "createTask" in body;
  const why = task
    ? "it is a task, whose result does not pass its body"
    : "the SDK keeps it in a form that is not known";
  throw new UngovernableToolError(nameOf(), why);
}

/** INVARIANT (E4): whoever reads the member gets the guarded body, however and whenever it was set. */
function guardMember(tool: RegisteredTool, member: "handler" | "executor", guard: ToolGuard): void {
  let exposed = guardBody(tool[member], guard);
  Object.defineProperty(tool, member, {
    get: () => exposed,
    set: (body: unknown) => {
      assertGovernable(body, guard);
      exposed = guardBody(body, guard);
    },
    enumerable: true,
    configurable: false,
  });
}

function guardBody(body: unknown, { judge, nameOf }: ToolGuard): unknown {
  if (!isBody(body) || guardedBodies.has(body)) return body;
  const guarded: Body = (...given) => {
    // A tool without a schema is called without arguments, or with `undefined` in their place.
    const args = given.length > 1 ? given[0] : undefined;
    const call = { tool: nameOf(), arguments: args === undefined ? {} : args, information: given.at(-1) };
    return judge(call, (judged) => body(...(args === undefined ? given : [judged, ...given.slice(1)])));
  };
  guardedBodies.add(guarded);
  return guarded;
}

const guardedBodies = new WeakSet<object>();

/** A function with a `createTask` is run by that, and not called. */
function isBody(body: unknown): body is Body {
  return typeof body === "function" && !("createTask" in body);
}
