import type { ContextSource } from "./resolve-context.ts";

/** Settings of `Authorizer.guard`. */
export interface GuardOptions {
  /** The name by which calls of the function are judged. */
  readonly tool: string;
  /**
   * Who asks, for whom, in which session: known beforehand, or resolved for each call, such as from the request that is
   * being served. It is told nothing of the call. Where it is `undefined`, or resolving it fails, the call is denied with
   * code `unauthenticated`.
   */
  readonly context: ContextSource<void>;
}

/**
 * What a function that is guarded may take: nothing, or one object, whose members are the arguments that are judged.
 *
 * Several parameters have no names of their own at run time. Were they named beside the function, what is judged and what
 * the function is given could differ; where the function takes them out of one object, they cannot.
 */
export type GuardedParameters = [] | [input: object] | [input?: object | undefined];
