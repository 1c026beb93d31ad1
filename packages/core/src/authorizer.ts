import type { Approvals } from "./approval/approvals.ts";
import type { ApproverLookup } from "./approval/approver-roles.ts";
import type { AuditLog, OutcomeStatus } from "./audit/audit-record.ts";
import type { CostFunction } from "./cost-function.ts";
import type { Decision, Deny, Permit } from "./decision.ts";
import type { Declassification, DeclassificationAnswer } from "./declassification.ts";
import type { Execution } from "./execution.ts";
import type { GuardedParameters, GuardOptions } from "./guard-options.ts";
import type { ObligationHandler } from "./obligation-handler.ts";
import type { PolicyChoice } from "./policy-choice.ts";
import type { ResultClassifier } from "./result-classifier.ts";
import type { Sessions } from "./sessions.ts";
import type { StateStore } from "./state/state-store.ts";
import type { StateEvent } from "./state-event.ts";
import type { Suspended } from "./suspension.ts";
import type { SuspensionSource } from "./suspension-list.ts";
import type { CallContext, Subject, ToolCall } from "./tool-call.ts";

/** Settings of {@link createAuthorizer}. */
export interface AuthorizerOptions {
  /**
   * A policy, a reference to one that may be replaced, or one policy a tenant. `undefined`: nothing is allowed, and the
   * reason says so.
   */
  readonly policy: PolicyChoice;
  /** Where budgets live. Default: a memory store of this authorizer's own. */
  readonly store?: StateStore | undefined;
  /**
   * The life of the state that is expected, as the store names it: with another one calls are denied with `state_lost`.
   * Default: that of the store's first answer.
   */
  readonly stateEpoch?: string | undefined;
  /**
   * What begins sessions: only those that it knows, of the call's own subject and not over, are then accepted, and what
   * they leave behind is forgotten after their end. The same in all processes over one state. Default: any session is
   * accepted, none ends, and the store keeps what its rules without `within` remember of each.
   */
  readonly sessions?: Pick<Sessions, "endOf"> | undefined;
  /** Where decisions are recorded before a tool starts. Default: nowhere; decisions then say `logged: false`. */
  readonly audit?: AuditLog | undefined;
  /**
   * What performs the duties that come with permits, by their type; `run` and `stream` call it before the tool starts.
   * A permit with a duty of any other type is a denial. Default: none.
   */
  readonly obligations?: Readonly<Record<string, ObligationHandler>> | undefined;
  /**
   * What computes the cost of the tools of which the policy says `cost: { by: name }`, by that name. A call whose function is
   * missing, throws or gives no amount is denied. Default: none.
   */
  readonly costs?: Readonly<Record<string, CostFunction>> | undefined;
  /**
   * Who is stopped by somebody else than the application, such as `watchSuspensions` of `@ambit/core/node`. `suspend` and
   * `resume` change nothing in it. Default: nobody.
   */
  readonly suspensions?: SuspensionSource | undefined;
  /**
   * What finds labels in the results of tools, by the names that the policy's `classify` gives them. A tool with a
   * classifier of any other name is denied. Default: none.
   */
  readonly classifiers?: Readonly<Record<string, ResultClassifier>> | undefined;
  /**
   * Who a person is now that has approved a call, asked before the call runs: without a role that approves, it does not. Default:
   * the roles count that were verified when the person answered.
   */
  readonly approvers?: ApproverLookup | undefined;
  /** Epoch milliseconds. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** Ids for evaluations; must never repeat. Default: random UUIDs. */
  readonly newId?: (() => string) | undefined;
  /** How long store, audit log, duties and classifiers may each take, in milliseconds. Default: 2,000. */
  readonly deadline?: number | undefined;
  /**
   * How long a permit from `authorize` waits to be run or settled, in milliseconds. A call that `run` or `stream` runs
   * is held for longer, as long as this process tells the store three times in each lease; a lease after it last did, the
   * call is charged in full and no longer counts as one of those at once. Default: 300,000.
   */
  readonly lease?: number | undefined;
  /**
   * How many permits from `authorize` may be open at once, and nine tenths of them of one tenant. Beyond it calls are
   * denied. Default: 10,000.
   */
  readonly maximumOpenPermits?: number | undefined;
  /** Told when a budget reaches a share of its limit, and when a session is suspended. */
  readonly onEvent?: ((event: StateEvent) => void) | undefined;
  /** Told of faults that could not change an answer any more, such as a settlement that a store refused. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
}

/** How a call that was permitted by `authorize` ended. */
export interface Outcome {
  /** `not_started` gives the reservation back; everything else is charged. */
  readonly status: Exclude<OutcomeStatus, "expired">;
  /** What it cost, as decimal text or a number of at most six decimals. Default: what was reserved. */
  readonly cost?: string | number | undefined;
  /**
   * What was found in the result of a tool that has classifiers in the policy, of the labels that these list. Default:
   * all of them.
   */
  readonly labels?: readonly string[] | undefined;
}

/** Whether the result of a call that was permitted by `authorize` may be shown to the model. */
export type Settlement =
  | { readonly released: true; readonly decision?: undefined }
  | { readonly released: false; readonly decision: Deny };

/**
 * What became of {@link Authorizer.run}. Without a result, the tool did not run, or `decision.withheld` says that only what
 * it gave is withheld.
 */
export type RunResult<Result> =
  | { readonly executed: true; readonly decision: Permit; readonly result: Result }
  | { readonly executed: false; readonly decision: Deny };

/** What became of {@link Authorizer.stream}. */
export type StreamResult<Chunk> =
  | { readonly executed: true; readonly decision: Permit; readonly stream: AsyncGenerator<Chunk, void, undefined> }
  | { readonly executed: false; readonly decision: Deny };

/** The tool's body, given its own copy of the arguments that were judged, and a way to say what the call really cost. */
export type Execute<Result> = (args: Record<string, unknown>, execution: Execution) => Result;

/** Decides calls, and runs those that are permitted. All adapters end here. */
export interface Authorizer {
  /** What people are asked to approve, and where they answer. */
  readonly approvals: Approvals;

  /**
   * Stops all calls that are made for or by somebody, in every process over the same state, until a moment (epoch
   * milliseconds) or until `resume`. In this process it holds at once, also while the store does not answer; rejects
   * where the store or the audit log could not be told. `everything` holds for this authorizer only. The reason is for
   * the audit log.
   */
  suspend(target: Suspended, until?: number, reason?: string): Promise<void>;

  /**
   * Ends a suspension, whoever or whatever began it, save for those of {@link AuthorizerOptions.suspensions}. Rejects
   * where the store or the audit log could not be told.
   */
  resume(target: Suspended): Promise<void>;

  /**
   * Whether people have stopped calls of a context: by `suspend` in any process over the same state, or by
   * {@link AuthorizerOptions.suspensions}. A session that a sign of a runaway has suspended is not. Where it is not known
   * who asks, whether anybody is stopped as far as this process knows. Never rejects: what cannot be found out is `true`,
   * save that a store that does not answer is taken at its last word.
   */
  isSuspended(context: CallContext | undefined): Promise<boolean>;

  /**
   * Whether one of some rules of the policy refuses a call, whatever else refuses it: denies, rules over history, limits and
   * budgets, by their ids. Takes and records nothing. Never rejects: what cannot be found out is `true`, such as whether a
   * rule forbids what a classifier may find in the result. Of nobody knows whom, of a tool that the policy does not know, and
   * without a policy, no rule says anything. `part`: `result` asks whether the rules over history refuse what a call has
   * given that has run. Default: `call`.
   */
  isRefusedBy(
    rules: ReadonlySet<string>,
    call: ToolCall,
    context: CallContext | undefined,
    part?: "call" | "result",
  ): Promise<boolean>;

  /**
   * Lifts a rule over history that says `declassify` for one session, for as long as an approval stands. `approver` is who
   * says so: a verified person with a role that approves, never taken from anything that the model said. A denial is a
   * value; both are recorded. Rejects where the store or the audit log could not be told: then nothing is lifted.
   */
  declassify(asked: Declassification, approver: Subject): Promise<DeclassificationAnswer>;

  /** Goes on with the state that there is, after `state_lost`: what was lost counts as not done. */
  acceptLostState(): void;

  /**
   * Decides a call without running it. Asking again with the same context, call id, tool and arguments, before the
   * call was run or settled, gives the same answer and reserves nothing more. A permit is good for one run; if it is
   * neither run nor settled within the lease, it is charged in full.
   */
  authorize(call: ToolCall, context: CallContext | undefined): Promise<Decision>;

  /**
   * Says how a call permitted by `authorize` ended, and is told whether its result may be released. Saying the same again
   * changes nothing. Rejects with a `SettleError` where the evaluation is unknown, was settled otherwise, or the cost is not an amount.
   */
  settle(evaluationId: string, outcome: Outcome): Promise<Settlement>;

  /**
   * Decides a call and, if it is permitted, executes it once with the arguments that were judged, then settles it.
   * A denial is a value. Rejects only with what `execute` itself threw.
   */
  run<Result>(
    call: ToolCall,
    context: CallContext | undefined,
    execute: Execute<Result | PromiseLike<Result>>,
  ): Promise<RunResult<Result>>;

  /**
   * `run` for a tool that yields: `execute` is called when the first chunk is asked for, and the call is settled when
   * the stream ends, fails or is given up.
   */
  stream<Chunk>(
    call: ToolCall,
    context: CallContext | undefined,
    execute: Execute<AsyncIterable<Chunk>>,
  ): Promise<StreamResult<Chunk>>;

  /**
   * The same function, each call of which goes through `run`. It takes nothing or one object, whose members are the
   * arguments that are judged; it is given their judged copy, and an empty object where it is called without. A denied
   * call rejects with a `ToolCallDeniedError`; a function that is not asynchronous becomes so. Throws a `TypeError` for
   * generator functions and for functions of several parameters.
   */
  guard<Given extends GuardedParameters, Result>(
    body: (...given: Given) => Result | PromiseLike<Result>,
    options: GuardOptions,
  ): (...given: Given) => Promise<Result>;

  /**
   * Those of the tools of which some call could be permitted to this subject and agent, in the order given, each once; for
   * leaving the others out of what a model is shown. Conditions, arguments, history, budgets and duties are not looked
   * at, so a call of a visible tool may well be denied. Records and reserves nothing, and never throws: where it is not
   * known who asks, or no policy decides, nothing is visible.
   */
  visibleTools(tools: Iterable<string>, context: CallContext | undefined): readonly string[];
}
