import { type Admission, type Admitted, isAdmitted } from "./admission.ts";
import type { OutcomeStatus } from "./audit/audit-record.ts";
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
import { ContextReader } from "./call-context.ts";
import { CallEnd } from "./call-end.ts";
import { CallGate } from "./call-gate.ts";
import { CallState } from "./call-state.ts";
import type { Decision } from "./decision.ts";
import { declassificationRecord, suspensionRecord } from "./decision-record.ts";
import {
  type Declassification,
  type DeclassificationAnswer,
  judgeDeclassification,
  readDeclassification,
} from "./declassification.ts";
import { guardFunction } from "./guard-function.ts";
import type { GuardedParameters, GuardOptions } from "./guard-options.ts";
import { thawArguments } from "./json-snapshot.ts";
import type { Refusal } from "./judge-call.ts";
import { LeaseRenewal } from "./lease-renewal.ts";
import { parseMoney } from "./money.ts";
import { andThen, isLater, type NowOrLater } from "./now-or-later.ts";
import type { ObligationHandler } from "./obligation-handler.ts";
import { OpenPermits, requestKey } from "./open-permits.ts";
import { planSwitch } from "./plan/plan-suspension.ts";
import { endOfOwner } from "./plan/session-end.ts";
import { randomId, unavailable, withDeadline } from "./platform.ts";
import { policyFor } from "./policy-choice.ts";
import { type CallReading, readCall } from "./read-call.ts";
import { possibleLabels, ResultLabels } from "./result-labels.ts";
import { RunningCall } from "./running-call.ts";
import { SettleError } from "./settle-error.ts";
import { createMemoryStore } from "./state/memory/memory-store.ts";
import { StateClient } from "./state-client.ts";
import { listedTarget, type Suspended, Suspensions, suspended } from "./suspension.ts";
import type { CallContext, Subject, ToolCall } from "./tool-call.ts";
import { ToolCallDeniedError } from "./tool-call-denied-error.ts";
import { visibleTools } from "./visible-tools.ts";

/** The authorizer over one policy: the gate decides, and this runs what it lets through. */
export class PolicyAuthorizer implements Authorizer {
  readonly #policy: AuthorizerOptions["policy"];
  readonly #gate: CallGate;
  readonly #end: CallEnd;
  readonly #open: OpenPermits;
  readonly #handlers: ReadonlyMap<string, ObligationHandler>;
  readonly #client: StateClient;
  readonly #audit: AuditClient;
  readonly #suspensions: Suspensions;
  readonly #contexts: ContextReader;
  readonly #sessions: AuthorizerOptions["sessions"];
  readonly #leases: LeaseRenewal;
  readonly #deadline: number;
  readonly #onFault: (fault: unknown) => void;

  constructor(options: AuthorizerOptions) {
    const { deadline = 2_000, lease = 300_000, store = createMemoryStore() } = options;
    const onFault = unfailing(options.onFault);
    this.#policy = options.policy;
    this.#onFault = onFault;
    this.#sessions = options.sessions;
    this.#contexts = new ContextReader(options.sessions);
    this.#deadline = deadline;
    // Own entries only: a duty named `constructor` has no handler.
    this.#handlers = new Map(Object.entries(options.obligations ?? {}));
    this.#client = new StateClient({ store, deadline, onFault, epoch: options.stateEpoch });
    this.#audit = new AuditClient(options.audit, deadline);
    this.#suspensions = new Suspensions(options.suspensions);
    const onEvent = options.onEvent ?? (() => {});
    const state = new CallState({ client: this.#client, suspensions: this.#suspensions, onFault, onEvent });
    const labels = new ResultLabels({ classifiers: options.classifiers, deadline, onFault });
    this.#gate = new CallGate({
      policy: options.policy,
      state,
      audit: this.#audit,
      understands: (type) => this.#handlers.has(type),
      costs: new Map(Object.entries(options.costs ?? {})),
      classifies: (name) => labels.has(name),
      clock: options.clock ?? Date.now,
      newId: options.newId ?? randomId,
      lease,
      onFault,
    });
    this.#leases = new LeaseRenewal({
      lease,
      now: () => this.#gate.now(),
      renew: ({ plan }, now) => state.renew(plan, now + lease, now),
      onFault,
    });
    this.#end = new CallEnd({ gate: this.#gate, leases: this.#leases, labels, onFault });
    this.#open = new OpenPermits(options.maximumOpenPermits ?? 10_000);
  }

  async authorize(call: ToolCall, context: CallContext | undefined): Promise<Decision> {
    const reading = readCall(call, context, this.#contexts);
    this.#expireAbandoned();
    const key = requestKey(reading, this.#gate.policyDigest(reading));
    const asked = this.#open.asked(key);
    if (asked !== undefined) return (await asked).decision;
    if (this.#open.full) {
      const reason = "too many permits are open";
      return (await this.#gate.deny(reading, { code: "unavailable", reason, retryable: true })).decision;
    }
    const admission = Promise.resolve(this.#gate.admit(reading));
    this.#open.add(key, admission);
    return (await admission).decision;
  }

  async suspend(target: Suspended, end: number = Number.MAX_SAFE_INTEGER, reason?: string): Promise<void> {
    // INVARIANT (R7): what is no moment, such as NaN, would compare as past and stop nothing.
    const until = this.#lastsUntil(target, end <= latestTime ? end : Number.MAX_SAFE_INTEGER);
    // Here first: what must stop stops at once, whatever becomes of the rest.
    this.#suspensions.suspend(target, until);
    const now = this.#gate.now();
    const facts = { until, now, by: "application", reason } as const;
    const record = async () => this.#audit.append(suspensionRecord(listedTarget(target), facts));
    if (target.kind === "everything") return record();
    const tell = async () => {
      await this.#client.write(planSwitch(target, until, now));
      this.#suspensions.told(target);
    };
    await allDone(record(), tell());
  }

  /** A session that ends is stopped until its end at most: nobody asks after that, so that the store need not keep it. */
  #lastsUntil(target: Suspended, until: number): number {
    if (target.kind !== "session" || this.#sessions === undefined) return until;
    try {
      const { id, user, issuer, tenant } = target;
      const ends = endOfOwner("session", { sessionEnds: this.#sessions.endOf(id, { id: user, issuer, tenant }) });
      return ends !== undefined && ends < until ? ends : until;
    } catch (fault) {
      this.#onFault(fault);
      return until;
    }
  }

  async resume(target: Suspended): Promise<void> {
    const now = this.#gate.now();
    await this.#audit.append(suspensionRecord(listedTarget(target), { until: undefined, now, by: "application" }));
    if (target.kind !== "everything") await this.#client.write(planSwitch(target, undefined, now));
    this.#suspensions.resume(target);
  }

  async declassify(asked: Declassification, approver: Subject): Promise<DeclassificationAnswer> {
    const reading = readDeclassification(asked, approver);
    const policy = policyFor(this.#policy, reading.session?.tenant);
    const now = this.#gate.now();
    const answer = judgeDeclassification(reading, policy, now);
    // INVARIANT (S5): nothing is lifted before the record of who lifted it is durable.
    await this.#audit.append(declassificationRecord({ reading, answer, policy: policy?.digest ?? "", now }));
    const logged = this.#audit.writes;
    if ("refusal" in answer)
      return { allowed: false, code: answer.refusal.code, reason: answer.refusal.reason, logged };
    await this.#client.write(answer.plan);
    return { allowed: true, until: answer.until, logged };
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

  async run<Result>(
    call: ToolCall,
    context: CallContext | undefined,
    execute: Execute<Result | PromiseLike<Result>>,
  ): Promise<RunResult<Result>> {
    const started = this.#start(readCall(call, context, this.#contexts));
    const admission = isLater(started) ? await started : started;
    if (!isAdmitted(admission)) return { executed: false, decision: admission.decision };
    const running = this.#running(admission);
    let result: Result;
    try {
      const answer = execute(thawArguments(admission.arguments), running.execution);
      // What is done at once needs no renewal.
      if (isLater(answer) || admission.needs.classifiers.length > 0) this.#leases.begin(admission);
      result = isLater(answer) ? await answer : answer;
    } catch (error) {
      const withheld = await this.#end.judge(admission, { status: "failed", content: error, ...running.ending() });
      // INVARIANT (E7): what an error says is as much of a result as what a tool returns.
      if (withheld !== undefined) return { executed: false, decision: withheld };
      throw error;
    }
    const judged = this.#end.judge(admission, { status: "succeeded", content: result, ...running.ending() });
    const withheld = isLater(judged) ? await judged : judged;
    if (withheld !== undefined) return { executed: false, decision: withheld };
    return { executed: true, decision: admission.decision, result };
  }

  async stream<Chunk>(
    call: ToolCall,
    context: CallContext | undefined,
    execute: Execute<AsyncIterable<Chunk>>,
  ): Promise<StreamResult<Chunk>> {
    const reading = readCall(call, context, this.#contexts);
    const admission = await this.#start(reading);
    if (!isAdmitted(admission)) return { executed: false, decision: admission.decision };
    // Nobody may ever ask for its chunks: until then it does not run.
    this.#leases.end(admission);
    let begun = false;
    const chunks = this.#chunks(admission, execute);
    const begin = async () => {
      begun = true;
      const refusal =
        this.#lateRefusal(admission, reading) ??
        (this.#hasEnded(admission) ? expired : await this.#end.foresee(admission));
      if (refusal === undefined) {
        await this.#leases.resume(admission);
        return chunks;
      }
      await this.#end.finish(admission, refusal === expired ? "expired" : "not_started");
      throw new ToolCallDeniedError(admission.tool, (await this.#gate.deny(reading, refusal)).decision);
    };
    const stream = relay(begin);
    // A generator that is given up before it was first asked runs nothing of its own, not even `finally`.
    const giveUp = stream.return.bind(stream);
    const end = async () => {
      if (!begun) await this.#end.finish(admission, "not_started");
      begun = true;
      return giveUp();
    };
    return { executed: true, decision: admission.decision, stream: Object.assign(stream, { return: end }) };
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

  async *#chunks<Chunk>(
    admitted: Admitted,
    execute: Execute<AsyncIterable<Chunk>>,
  ): AsyncGenerator<Chunk, void, undefined> {
    // Given up by the consumer unless the end or an error is reached: `finally` runs on `return()` too.
    let status: OutcomeStatus = "aborted";
    const running = this.#running(admitted);
    try {
      yield* execute(thawArguments(admitted.arguments), running.execution);
      status = "succeeded";
    } catch (error) {
      status = "failed";
      throw error;
    } finally {
      await this.#end.finish(admitted, status, running.end());
    }
  }

  #running(admitted: Admitted): RunningCall {
    const { evaluationId } = admitted.decision;
    const foresee = () => this.#end.withholdEarly(admitted);
    return new RunningCall({ evaluationId, reserved: admitted.cost, foresee, onFault: this.#onFault });
  }

  /** Takes the permit that `authorize` gave for this very call, or asks for one. Then the tool starts or never does. */
  #start(reading: CallReading): NowOrLater<Admission> {
    return andThen(this.#admit(reading), (admission) => {
      if (!isAdmitted(admission)) return admission;
      return andThen(this.#performDuties(admission), (undone) => {
        const refusal = undone ?? this.#lateRefusal(admission, reading);
        if (refusal === undefined) return admission;
        return andThen(this.#end.finish(admission, "not_started"), () => this.#gate.deny(reading, refusal));
      });
    });
  }

  /** INVARIANT: no tool starts before every duty of its permit was performed. */
  #performDuties(admitted: Admitted): NowOrLater<Refusal | undefined> {
    if (admitted.decision.obligations.length === 0) return undefined;
    this.#leases.begin(admitted);
    return this.#perform(admitted);
  }

  async #perform({ decision, tool, arguments: judged }: Admitted): Promise<Refusal | undefined> {
    try {
      for (const obligation of decision.obligations) {
        const performed = this.#handlers.get(obligation.type)?.(obligation, { decision, tool, arguments: judged });
        if (performed !== undefined) await withDeadline(Promise.resolve(performed), this.#deadline, "an obligation");
      }
      return undefined;
    } catch (error) {
      this.#onFault(error);
      const reason = "a duty that comes with this call could not be performed";
      return { code: "unavailable", reason, detail: unavailable("an obligation", error).message, retryable: true };
    }
  }

  #admit(reading: CallReading): NowOrLater<Admission> {
    this.#expireAbandoned();
    // INVARIANT (E3): taking a permit is synchronous, so two runs never share one.
    const taken = this.#open.empty ? undefined : this.#open.take(requestKey(reading, this.#gate.policyDigest(reading)));
    return taken === undefined ? this.#gate.admit(reading) : this.#retake(taken, reading);
  }

  async #retake(taken: Promise<Admission>, reading: CallReading): Promise<Admission> {
    const admission = await taken;
    if (!isAdmitted(admission)) return this.#gate.admit(reading);
    if (!this.#isStopped(admission)) {
      await this.#leases.resume(admission);
      return admission;
    }
    // INVARIANT (R7): a permit from before a suspension starts nothing after it. What holds now is asked anew.
    await this.#end.finish(admission, "not_started");
    return this.#gate.admit(reading);
  }

  /** Why a tool does not start although its call was permitted a while ago. */
  #lateRefusal(admitted: Admitted, { signal }: CallReading): Refusal | undefined {
    if (isAborted({ signal })) return aborted;
    return this.#isStopped(admitted) ? suspended : undefined;
  }

  /** Whether calls like this one are suspended, as far as is known here. */
  #isStopped({ context }: Admitted): boolean {
    try {
      if (this.#suspensions.none) return false;
      const now = this.#gate.now();
      return this.#suspensions.holds(context, now) || this.#suspensions.remembers(context, now);
    } catch (fault) {
      this.#onFault(fault);
      return true;
    }
  }

  /** INVARIANT (E3): what was held for the call is held no more, so that another may run in its place. */
  #hasEnded({ leaseUntil }: Admitted): boolean {
    try {
      return leaseUntil <= this.#gate.now();
    } catch (fault) {
      this.#onFault(fault);
      return true;
    }
  }

  #expireAbandoned(): void {
    if (this.#open.empty) return;
    try {
      for (const admitted of this.#open.takeExpired(this.#gate.now())) void this.#end.finish(admitted, "expired");
    } catch (fault) {
      this.#onFault(fault);
    }
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

/** Epoch milliseconds: no date is later than this. */
const latestTime = 8_640_000_000_000_000;

/** A signal that cannot be read has been given: whoever gave it may have aborted. */
function isAborted({ signal }: Pick<CallReading, "signal">): boolean {
  try {
    return signal?.aborted === true;
  } catch {
    return true;
  }
}

const expired: Refusal = {
  code: "indeterminate",
  reason: "the permit ended before the call had started",
  retryable: true,
};

const aborted: Refusal = { code: "indeterminate", reason: "the call was aborted before it started" };

/** What is there once somebody asks for its first chunk. */
async function* relay<Chunk>(
  begin: () => Promise<AsyncGenerator<Chunk, void>>,
): AsyncGenerator<Chunk, void, undefined> {
  yield* await begin();
}

/** Waits for all, and rejects with what the first of them rejected with. */
async function allDone(...promises: readonly Promise<void>[]): Promise<void> {
  for (const settled of await Promise.allSettled(promises)) if (settled.status === "rejected") throw settled.reason;
}
