import { type Admission, isAdmitted } from "./admission.ts";
import { ApprovalClient } from "./approval/approval-client.ts";
import { ApprovalDesk } from "./approval/approval-desk.ts";
import { ApprovalGate } from "./approval/approval-gate.ts";
import type { Approvals } from "./approval/approvals.ts";
import { ApproverRoles } from "./approval/approver-roles.ts";
import { AuditClient } from "./audit-client.ts";
import type {
  Authorizer,
  AuthorizerOptions,
  Execute,
  Outcome,
  RunResult,
  Settlement,
  StreamResult,
} from "./authorizer.ts";
import { CallClosing } from "./call-closing.ts";
import { ContextReader } from "./call-context.ts";
import { CallEnd } from "./call-end.ts";
import { CallExecution } from "./call-execution.ts";
import { CallGate } from "./call-gate.ts";
import { CallStart, expired } from "./call-start.ts";
import { CallState } from "./call-state.ts";
import type { Decision } from "./decision.ts";
import type { Declassification, DeclassificationAnswer } from "./declassification.ts";
import { guardFunction } from "./guard-function.ts";
import type { GuardedParameters, GuardOptions } from "./guard-options.ts";
import { Interventions } from "./interventions.ts";
import { LeaseRenewal } from "./lease-renewal.ts";
import { parseMoney } from "./money.ts";
import { isLater } from "./now-or-later.ts";
import { OpenPermits } from "./open-permits.ts";
import { randomId } from "./platform.ts";
import { readCall } from "./read-call.ts";
import { possibleLabels, ResultLabels } from "./result-labels.ts";
import { RuleQuestions } from "./rule-questions.ts";
import { Rulings } from "./rulings.ts";
import { SettleError } from "./settle-error.ts";
import { createMemoryStore } from "./state/memory/memory-store.ts";
import { StateClient } from "./state-client.ts";
import { StateEvents } from "./state-events.ts";
import { type Suspended, Suspensions } from "./suspension.ts";
import type { CallContext, Subject, ToolCall } from "./tool-call.ts";
import { ToolCallDeniedError } from "./tool-call-denied-error.ts";
import { unreadStream } from "./unread-stream.ts";
import { visibleTools } from "./visible-tools.ts";

/** The authorizer over one policy: the gate decides, and this runs what it lets through. */
export class PolicyAuthorizer implements Authorizer {
  readonly approvals: Approvals;
  readonly #policy: AuthorizerOptions["policy"];
  readonly #gate: CallGate;
  readonly #end: CallEnd;
  readonly #open: OpenPermits;
  readonly #client: StateClient;
  readonly #interventions: Interventions;
  readonly #questions: RuleQuestions;
  readonly #contexts: ContextReader;
  readonly #leases: LeaseRenewal;
  readonly #start: CallStart;
  readonly #execution: CallExecution;

  constructor(options: AuthorizerOptions) {
    const { deadline = 2_000, lease = 300_000, store = createMemoryStore() } = options;
    const onFault = unfailing(options.onFault);
    this.#policy = options.policy;
    this.#contexts = new ContextReader(options.sessions);
    // Own entries only: a duty named `constructor` has no handler.
    const handlers = new Map(Object.entries(options.obligations ?? {}));
    this.#client = new StateClient({ store, deadline, onFault, epoch: options.stateEpoch });
    const audit = new AuditClient(options.audit, deadline);
    const suspensions = new Suspensions(options.suspensions);
    const events = new StateEvents({ onEvent: options.onEvent ?? (() => {}), onFault });
    const state = new CallState({ client: this.#client, suspensions, events, onFault });
    const { newId = randomId } = options;
    const client = new ApprovalClient({ store: store.approvals, deadline });
    const approvers = new ApproverRoles(options.approvers, deadline);
    const labels = new ResultLabels({ classifiers: options.classifiers, deadline, onFault });
    const costs = new Map(Object.entries(options.costs ?? {}));
    this.#gate = new CallGate({
      policy: options.policy,
      state,
      audit,
      understands: (type) => handlers.has(type),
      rulings: new Rulings(costs),
      classifies: (name) => labels.has(name),
      clock: options.clock ?? Date.now,
      newId,
      approvals: new ApprovalGate({ client, state, audit, approvers, suspensions, newId, onFault }),
      lease,
      onFault,
    });
    const now = () => this.#gate.now();
    const { policy, sessions } = options;
    this.approvals = new ApprovalDesk({ policy, client, state: this.#client, suspensions, audit, newId, now });
    this.#interventions = new Interventions({
      policy,
      client: this.#client,
      audit,
      suspensions,
      sessions,
      now,
      onFault,
    });
    this.#questions = new RuleQuestions({ policy, state, costs, contexts: this.#contexts, now, onFault });
    this.#leases = new LeaseRenewal({
      lease,
      now: () => this.#gate.now(),
      renew: ({ plan }, now) => state.renew(plan, now + lease, now),
      onFault,
    });
    const closing = new CallClosing({ state, audit, now, onFault });
    this.#end = new CallEnd({ closing, leases: this.#leases, labels, onFault });
    this.#execution = new CallExecution({ end: this.#end, leases: this.#leases, onFault });
    this.#open = new OpenPermits(options.maximumOpenPermits ?? 10_000);
    const parts = { gate: this.#gate, end: this.#end, open: this.#open, leases: this.#leases };
    this.#start = new CallStart({ ...parts, suspensions, handlers, deadline, onFault });
  }

  async authorize(call: ToolCall, context: CallContext | undefined): Promise<Decision> {
    return (await this.#start.permit(readCall(call, context, this.#contexts))).decision;
  }

  suspend(target: Suspended, until?: number, reason?: string): Promise<void> {
    return this.#interventions.suspend(target, until, reason);
  }

  resume(target: Suspended): Promise<void> {
    return this.#interventions.resume(target);
  }

  isSuspended(context: CallContext | undefined): Promise<boolean> {
    return this.#interventions.isSuspended(context);
  }

  isRefusedBy(...asked: Parameters<Authorizer["isRefusedBy"]>): Promise<boolean> {
    return this.#questions.isRefusedBy(...asked);
  }

  declassify(asked: Declassification, approver: Subject): Promise<DeclassificationAnswer> {
    return this.#interventions.declassify(asked, approver);
  }

  acceptLostState(): void {
    this.#client.acceptEpoch();
  }

  async settle(evaluationId: string, outcome: Outcome): Promise<Settlement> {
    const cost = outcome.cost === undefined ? undefined : parseMoney(outcome.cost);
    // INVARIANT (B4): a cost that is not an exact amount is an error; the reservation stays charged against the limit.
    if (outcome.cost !== undefined && cost === undefined) {
      throw new SettleError("invalid_cost", "the cost is not an amount of at most six decimals");
    }
    const ending = { status: outcome.status, cost, labels: outcome.labels && [...new Set(outcome.labels)].sort() };
    return this.#open.settle(evaluationId, ending, async (admitted) => {
      const known = possibleLabels(admitted.needs.classifiers);
      const unknown = ending.labels?.find((label) => !known.includes(label));
      if (unknown === undefined) return this.#end.settle(admitted, ending);
      throw new SettleError("invalid_labels", "the policy lists no such label for what this tool gives");
    });
  }

  run<Result>(
    call: ToolCall,
    context: CallContext | undefined,
    execute: Execute<Result | PromiseLike<Result>>,
  ): Promise<RunResult<Result>> {
    try {
      const started = this.#start.start(readCall(call, context, this.#contexts));
      // Nothing is waited for that is there: an async function would take as long as a check of permission.
      return Promise.resolve(
        isLater(started) ? this.#runLater(started, execute) : this.#execution.execute(started, execute),
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #runLater<Result>(
    started: PromiseLike<Admission>,
    execute: Execute<Result | PromiseLike<Result>>,
  ): Promise<RunResult<Result>> {
    return await this.#execution.execute(await started, execute);
  }

  async stream<Chunk>(
    call: ToolCall,
    context: CallContext | undefined,
    execute: Execute<AsyncIterable<Chunk>>,
  ): Promise<StreamResult<Chunk>> {
    const reading = readCall(call, context, this.#contexts);
    const admission = await this.#start.start(reading);
    if (!isAdmitted(admission)) return { executed: false, decision: admission.decision };
    // Nobody may ever ask for its chunks: until then it does not run.
    this.#leases.end(admission);
    const chunks = this.#execution.chunks(admission, execute);
    const begin = async () => {
      const refusal =
        this.#start.lateRefusal(admission, reading) ??
        (this.#start.hasEnded(admission) ? expired : await this.#end.foresee(admission));
      if (refusal === undefined) {
        await this.#leases.resume(admission);
        return chunks;
      }
      await this.#end.finish(admission, refusal === expired ? "expired" : "not_started");
      throw new ToolCallDeniedError(admission.tool, (await this.#gate.deny(reading, refusal)).decision);
    };
    const stream = unreadStream({ begin, abandon: () => this.#end.finish(admission, "not_started") });
    return { executed: true, decision: admission.decision, stream };
  }

  guard<Given extends GuardedParameters, Result>(
    body: (...given: Given) => Result | PromiseLike<Result>,
    options: GuardOptions,
  ) {
    return guardFunction(this, body, options);
  }

  visibleTools(tools: Iterable<string>, context: CallContext | undefined): readonly string[] {
    return visibleTools({ tools, context, policy: this.#policy });
  }
}

/** INVARIANT (D6, R3): who is told of a fault causes none. */
function unfailing(onFault: AuthorizerOptions["onFault"]): (fault: unknown) => void {
  return (fault) => {
    try {
      onFault?.(fault);
    } catch {
      // There is nobody else to tell.
    }
  };
}
