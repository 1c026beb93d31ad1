import type { Approvals } from "../approval/approvals.ts";
import type { Authorizer, Execute, Outcome, RunResult, Settlement, StreamResult } from "../authorizer.ts";
import { type Decision, type Deny, undecided } from "../decision.ts";
import type { Declassification, DeclassificationAnswer } from "../declassification.ts";
import { guardFunction } from "../guard-function.ts";
import type { GuardedParameters, GuardOptions } from "../guard-options.ts";
import type { Suspended } from "../suspension.ts";
import type { CallContext, Subject, ToolCall } from "../tool-call.ts";
import { ToolCallDeniedError } from "../tool-call-denied-error.ts";
import { type AskedCall, readAskedCall } from "./asked-call.ts";
import { OpenMonitored } from "./open-monitored.ts";
import { type Passage, type PassageParts, Passages } from "./passages.ts";
import { WatchedTool } from "./watched-tool.ts";

/** An authorizer whose denials are recorded and, save for those that are enforced, let through. */
export class MonitoringAuthorizer implements Authorizer {
  readonly approvals: Approvals;
  readonly #parts: PassageParts;
  readonly #open: OpenMonitored;
  readonly #passages: Passages;

  constructor(parts: PassageParts) {
    this.approvals = parts.authorizer.approvals;
    this.#parts = parts;
    this.#open = new OpenMonitored(parts.log);
    this.#passages = new Passages(parts);
  }

  async authorize(call: ToolCall, context: CallContext | undefined): Promise<Decision> {
    const asked = this.#read(call, context);
    const deciding = async () => this.#parts.authorizer.authorize(asked.call, context);
    const decision = await deciding().catch((fault: unknown) => this.#undecided(fault));
    if (decision.allowed === true) {
      if (!asked.enforced) this.#open.add(decision.evaluationId, { kind: "permitted", asked, released: false });
      return decision;
    }
    const passage = await this.#passages.open(decision, asked);
    if (passage === undefined) return decision;
    this.#open.add(passage.permit.evaluationId, { kind: "monitored", ending: undefined });
    return passage.permit;
  }

  async settle(evaluationId: string, outcome: Outcome): Promise<Settlement> {
    const call = this.#open.find(evaluationId);
    if (call?.kind === "monitored") return this.#open.settle(evaluationId, call, outcome);
    const settlement = await this.#parts.authorizer.settle(evaluationId, outcome);
    if (settlement.released || call === undefined) return settlement;
    call.released ||= (await this.#passages.release(settlement.decision, call.asked)) !== undefined;
    return call.released ? { released: true } : settlement;
  }

  async run<Result>(
    call: ToolCall,
    context: CallContext | undefined,
    execute: Execute<Result | PromiseLike<Result>>,
  ): Promise<RunResult<Result>> {
    const asked = this.#read(call, context);
    const tool = new WatchedTool(execute, (denial) => this.#passages.release(denial, asked));
    let outcome: RunResult<Result>;
    try {
      outcome = await this.#parts.authorizer.run(asked.call, context, tool.body);
    } catch (error) {
      if (tool.started) throw error;
      outcome = { executed: false, decision: this.#undecided(error) };
    }
    if (outcome.executed) return outcome;
    if (tool.started) return this.#given(tool, outcome.decision);
    const passage = await this.#passages.open(outcome.decision, asked);
    return passage === undefined ? outcome : this.#passages.run(passage, execute);
  }

  async stream<Chunk>(
    call: ToolCall,
    context: CallContext | undefined,
    execute: Execute<AsyncIterable<Chunk>>,
  ): Promise<StreamResult<Chunk>> {
    const asked = this.#read(call, context);
    let started = false;
    const body: Execute<AsyncIterable<Chunk>> = (args, execution) => {
      started = true;
      return execute(args, execution);
    };
    const deciding = async () => this.#parts.authorizer.stream(asked.call, context, body);
    const outcome = await deciding().catch(
      (fault: unknown): StreamResult<Chunk> => ({ executed: false, decision: this.#undecided(fault) }),
    );
    if (outcome.executed) {
      const { decision, stream } = outcome;
      const relayed = this.#relay(stream, { asked, execute, hasStarted: () => started });
      return { executed: true, decision, stream: givenUpBy(relayed, () => stream.return()) };
    }
    const passage = await this.#passages.open(outcome.decision, asked);
    if (passage === undefined) return outcome;
    const { permit } = passage;
    let begun = false;
    const chunks = this.#passages.chunks(passage, execute, () => {
      begun = true;
    });
    const giveUp = async () => {
      if (!begun) await this.#parts.log.end(permit.evaluationId, "not_started");
      begun = true;
    };
    return { executed: true, decision: permit, stream: givenUpBy(chunks, giveUp) };
  }

  guard<Given extends GuardedParameters, Result>(
    body: (...given: Given) => Result | PromiseLike<Result>,
    options: GuardOptions,
  ): (...given: Given) => Promise<Result> {
    return guardFunction(this, body, options);
  }

  /** A tool that is not shown is one that is blocked: where nothing is enforced, all are visible. */
  visibleTools(tools: Iterable<string>, context: CallContext | undefined): readonly string[] {
    const { enforced } = this.#read({ tool: "", arguments: {} }, context);
    if (enforced) return this.#parts.authorizer.visibleTools(tools, context);
    try {
      return [...new Set(tools)];
    } catch {
      return [];
    }
  }

  suspend(target: Suspended, until?: number, reason?: string): Promise<void> {
    return this.#parts.authorizer.suspend(target, until, reason);
  }

  resume(target: Suspended): Promise<void> {
    return this.#parts.authorizer.resume(target);
  }

  isSuspended(context: CallContext | undefined): Promise<boolean> {
    return this.#parts.authorizer.isSuspended(context);
  }

  isRefusedBy(...asked: Parameters<Authorizer["isRefusedBy"]>): Promise<boolean> {
    return this.#parts.authorizer.isRefusedBy(...asked);
  }

  declassify(asked: Declassification, approver: Subject): Promise<DeclassificationAnswer> {
    return this.#parts.authorizer.declassify(asked, approver);
  }

  acceptLostState(): void {
    this.#parts.authorizer.acceptLostState();
  }

  #read(call: ToolCall, context: CallContext | undefined): AskedCall {
    const asked = readAskedCall(call, context);
    const known = asked.reading.context;
    this.#parts.enforced.checkPolicy(known?.tenant);
    return { ...asked, enforced: this.#parts.enforced.covers(known) };
  }

  #undecided(fault: unknown): Deny {
    this.#parts.onFault(fault);
    return undecided;
  }

  /** What a tool gave that has run. */
  async #given<Result>(tool: WatchedTool<Result>, denial: Deny): Promise<RunResult<Result>> {
    const { given } = tool;
    const decision = given === undefined ? undefined : await tool.release(denial);
    if (given === undefined || decision === undefined) return { executed: false, decision: denial };
    if ("error" in given) throw given.error;
    return { executed: true, decision, result: given.result };
  }

  /** The chunks of a permitted call; where it is refused before it begins, those of the call that is let through. */
  async *#relay<Chunk>(
    stream: AsyncGenerator<Chunk, void, undefined>,
    call: {
      readonly asked: AskedCall;
      readonly execute: Execute<AsyncIterable<Chunk>>;
      readonly hasStarted: () => boolean;
    },
  ): AsyncGenerator<Chunk, void, undefined> {
    let passage: Passage | undefined;
    try {
      yield* stream;
      return;
    } catch (error) {
      // INVARIANT (E3): what has started is never started again.
      if (call.hasStarted() || !ToolCallDeniedError.isInstance(error)) throw error;
      passage = await this.#passages.open(error.decision, call.asked);
      if (passage === undefined) throw error;
    }
    yield* this.#passages.chunks(passage, call.execute, () => {});
  }
}

/** The same stream, which tells when it is given up. One that was never asked runs nothing of its own, not even `finally`. */
function givenUpBy<Chunk>(
  stream: AsyncGenerator<Chunk, void, undefined>,
  tell: () => Promise<unknown>,
): AsyncGenerator<Chunk, void, undefined> {
  const giveUp = stream.return.bind(stream);
  const end = async () => {
    await tell();
    return giveUp();
  };
  return Object.assign(stream, { return: end });
}
