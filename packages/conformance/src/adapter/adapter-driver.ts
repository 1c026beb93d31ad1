import type { Authorizer, ContextSource, JsonObject } from "@ambit/core";

/**
 * What a driver may be able to do besides running an agent loop.
 *
 * `abort`: abort a run on its way. `approve`: say by the framework's own means that a person has approved the calls. `reshape`: change arguments between the model and the tool, as a schema's defaults or a
 * person's edit do. `yield`: run tools that are generators. `offer`: say what the model was told of its tools. `refuse`:
 * name kinds of tools whose calls cannot be intercepted.
 */
export type AdapterCapability = "abort" | "approve" | "reshape" | "yield" | "offer" | "refuse";

/** A framework with its adapter, seen from the cases: how one agent loop is run, and what the model was shown. */
export interface AdapterDriver {
  readonly capabilities: readonly AdapterCapability[];
  /** What a policy calls a tool. Default: as the framework does. */
  readonly policyName?: ((tool: string) => string) | undefined;
  /**
   * Plays a script through the framework's own loop: the model makes the calls of each step at once, is shown what came of
   * them, and says "done" after the last step. Rejects with what the loop rejects with.
   */
  run(script: AgentScript): Promise<AgentReport>;
  /** Each kind of tool whose calls cannot be intercepted, and how it is wrapped. Asked for where `refuse` is offered. */
  readonly ungovernable?: ((authorization: Authorization) => readonly UngovernableTool[]) | undefined;
}

/** How an adapter is set up: who decides, and for whom. */
export interface Authorization {
  readonly authorizer: Authorizer;
  readonly context: ContextSource<unknown>;
}

/** One run of an agent loop. */
export interface AgentScript {
  readonly tools: readonly ScriptedTool[];
  /** What the model does: the calls of each step, made at once. */
  readonly steps: readonly (readonly ScriptedCall[])[];
  /** `undefined`: the tools are not wrapped, to see what the framework does by itself. */
  readonly authorization: Authorization | undefined;
  /**
   * Whether the framework's own approval, such as its message history, says of every call that a person has approved it. Asked
   * for where `approve` is offered.
   */
  readonly approved?: true | undefined;
  /** Told, before the run begins, how to abort it. What it is told resolves once the tools' signals say so. */
  readonly onBegin?: ((abort: () => Promise<void>) => void) | undefined;
}

/** A tool, to be made into one of the framework's. */
export interface ScriptedTool {
  readonly name: string;
  readonly description: string;
  /** The JSON Schema of its arguments: an object that may hold more than it names. */
  readonly parameters: JsonObject;
  /** What changes the arguments on their way from the model to the tool, and leaves them as they are once it has. Default: nothing. */
  readonly reshape?: ((given: Readonly<Record<string, unknown>>) => Record<string, unknown>) | undefined;
  /** Called whenever the tool runs, with what the framework gives it. */
  readonly body: ToolBody;
  /** Whether the body gives a generator: its last chunk, which it also returns, is the result. */
  readonly yields: boolean;
}

/** A tool's own work. */
export type ToolBody = (
  args: Record<string, unknown>,
) => string | Promise<string> | AsyncGenerator<string, string, undefined>;

/** A call that the model makes. */
export interface ScriptedCall {
  readonly id: string;
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
}

/** What came of a run. */
export interface AgentReport {
  /** What the model was shown of each call, in the order in which it was. */
  readonly results: readonly ShownResult[];
  /** The text with which the run ended: "done", unless something ended it before. */
  readonly text: string;
  /** Everything that the model was shown, and what else the application was given, as text. */
  readonly transcript: string;
  /** What the model was told of its tools, as the framework tells it. Given where `offer` is offered. */
  readonly offered?: unknown;
}

/** What the model was shown of one call, as text. */
export interface ShownResult {
  readonly id: string;
  readonly text: string;
}

/** A tool whose calls cannot be intercepted. */
export interface UngovernableTool {
  /** What kind of tool it is: "a tool that the provider runs". */
  readonly kind: string;
  /** Wraps it, which must throw. */
  readonly wrap: () => unknown;
}
