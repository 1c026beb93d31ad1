import type { JsonObject } from "./tool-call.ts";

/** What a tool gave. */
export interface ToolResult {
  readonly tool: string;
  /** The arguments that were judged. */
  readonly arguments: JsonObject;
  /** What the tool returned or, where it has failed, threw. Must not be changed. */
  readonly content: unknown;
  readonly failed: boolean;
}

/**
 * Looks at what a tool gave before anybody else does, and names the labels that it deserves, of those that the policy
 * lists for this classifier. Where it throws, rejects, takes too long or names another label, all of them are attached.
 */
export type ResultClassifier = (result: ToolResult) => readonly string[] | PromiseLike<readonly string[]>;
