import { type Authorizer, type ContextSource, type Decision, type Deny, keepPermit, type Permit } from "@ambit/core";
import type { AuthorizationOptions, ToolExecution } from "./authorization-options.ts";
import { applicationContext, callContext, type ToolInvocation, toolCall } from "./tool-invocation.ts";

/** What the SDK asks before it starts a call: whether the run ends with a request for approval. */
export type NeedsApproval = (input: unknown, invocation: ToolInvocation | undefined) => unknown;

/** What an {@link ApprovalPause} works with. */
export interface ApprovalPauseOptions {
  readonly authorizer: Authorizer;
  readonly context: ContextSource<ToolExecution>;
  readonly onApproval?: AuthorizationOptions["onApproval"];
}

/** A call before it starts. */
export interface AskedCall {
  readonly toolName: string;
  readonly input: unknown;
  readonly invocation: ToolInvocation | undefined;
  /** What the tool's own `needsApproval` says. */
  readonly pausesAnyway: boolean;
}

/**
 * Finds out which calls wait for a person, before the SDK starts them: one for each set of tools. A permit that this gets is
 * the one under which the call then runs; a denial is the one that the model reads: each call is decided and counted once.
 *
 * INVARIANT (A1, D3): this only delays calls. Whatever it finds, or fails to find, a call that goes on is judged where it
 * would start, and what the messages say of it is no proof of anything.
 */
export class ApprovalPause {
  readonly #options: ApprovalPauseOptions;
  /** By the input, which the SDK gives to the call itself afterwards. */
  readonly #foreseen = new WeakMap<object, ForeseenCall>();
  /** How many calls have run to their end. */
  #ended = 0;

  constructor(options: ApprovalPauseOptions) {
    this.#options = options;
  }

  /** What the SDK is answered. Never fails. */
  async isNeeded(asked: AskedCall): Promise<boolean> {
    const { invocation, pausesAnyway } = asked;
    // A permit for a call without an id would not be found again.
    if (invocation?.toolCallId === undefined) return pausesAnyway;
    this.#forget(asked.input);
    const decision = await this.#decide(asked);
    if (isContinued(invocation)) return this.#continue(asked, decision);
    if (decision === undefined) return pausesAnyway;
    if (decision.allowed) {
      await this.#keepPermit(decision, asked, !pausesAnyway);
      return pausesAnyway;
    }
    const waits = await this.#tell(decision, asked);
    if (!waits && !pausesAnyway) this.#keepDenial(decision, asked);
    return waits || pausesAnyway;
  }

  /** Why the call that starts now does not run, where that was decided just before and still holds. */
  takeDenial(input: unknown): Deny | undefined {
    const foreseen = this.#forget(input);
    // What has run since may be what it lacked.
    return foreseen?.ended === this.#ended ? foreseen.denial : undefined;
  }

  /** A call has run to its end. */
  noteEnd(): void {
    this.#ended += 1;
  }

  /**
   * The messages say that the call has been approved. Version 6 takes `false` for a sign that they are forged, and gives the
   * model words of its own; version 7 starts the call in any case.
   */
  async #continue(asked: AskedCall, decision: Decision | undefined): Promise<boolean> {
    if (decision === undefined) return true;
    if (!decision.allowed) {
      this.#keepDenial(decision, asked);
      return true;
    }
    await this.#keepPermit(decision, asked, asked.pausesAnyway);
    return decision.approvals !== undefined || asked.pausesAnyway;
  }

  async #decide({ toolName, input, invocation }: AskedCall): Promise<Decision | undefined> {
    const { authorizer, context } = this.#options;
    try {
      const caller = await callContext(context, toolName, invocation);
      return await authorizer.authorize(toolCall(toolName, input, invocation), caller);
    } catch {
      return undefined;
    }
  }

  /** Whether the call waits, and whoever is to know it was told. */
  async #tell({ approval, reason }: Deny, { toolName, invocation }: AskedCall): Promise<boolean> {
    const toolCallId = invocation?.toolCallId;
    if (approval?.status !== "pending" || toolCallId === undefined) return false;
    try {
      await this.#options.onApproval?.({
        toolName,
        toolCallId,
        approval,
        reason,
        context: applicationContext(invocation),
      });
      return true;
    } catch {
      // Nobody would ever answer it.
      return false;
    }
  }

  async #keepPermit(permit: Permit, { input }: AskedCall, startsNow: boolean): Promise<void> {
    // The SDK starts no call of a run that was aborted meanwhile, or whose answer was cut off.
    const stopWaiting = await keepPermit({ authorizer: this.#options.authorizer, permit, startsNow });
    if (stopWaiting !== undefined) this.#keep(input, { stopWaiting });
  }

  #keepDenial(denial: Deny, { input }: AskedCall): void {
    this.#keep(input, { denial, ended: this.#ended });
  }

  #keep(input: unknown, foreseen: ForeseenCall): void {
    if (typeof input === "object" && input !== null) this.#foreseen.set(input, foreseen);
    // What is no object is no call's arguments: it is denied where it starts.
  }

  #forget(input: unknown): ForeseenCall | undefined {
    if (typeof input !== "object" || input === null) return undefined;
    const foreseen = this.#foreseen.get(input);
    this.#foreseen.delete(input);
    foreseen?.stopWaiting?.();
    return foreseen;
  }
}

/** What was found out about a call that has not started yet. */
interface ForeseenCall {
  readonly denial?: Deny;
  /** How many calls had run to their end by then. */
  readonly ended?: number;
  /** Its permit is not given back any more. */
  readonly stopWaiting?: () => void;
}

/** Whether the SDK is going on with a call, for the last of the messages answers its own request for an approval of it. */
function isContinued({ messages, toolCallId }: ToolInvocation): boolean {
  if (!Array.isArray(messages)) return false;
  const answered = partsOf(messages.slice(-1), "tool-approval-response").map(({ approvalId }) => approvalId);
  const requests = partsOf(messages, "tool-approval-request");
  return requests.some((request) => request.toolCallId === toolCallId && answered.includes(request.approvalId));
}

interface MessagePart {
  readonly type?: unknown;
  readonly approvalId?: unknown;
  readonly toolCallId?: unknown;
}

function partsOf(messages: readonly unknown[], type: string): readonly MessagePart[] {
  return messages.flatMap((message) => {
    const content = isRecord(message) ? message["content"] : undefined;
    return Array.isArray(content)
      ? content.filter((part): part is MessagePart => isRecord(part) && part["type"] === type)
      : [];
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
