import {
  type AskedApproval,
  type Authorizer,
  type CallContext,
  type Decision,
  type Deny,
  keepPermit,
} from "@ambit/core";
import type { RunInformation, ToolBody } from "./tool-body.ts";

/** A call that waits for a person. */
export interface PausedCall {
  readonly toolName: string;
  /** The same as that of the interruption's `rawItem`. Chosen by the model. */
  readonly callId: string;
  /** Names the request in `authorizer.approvals`. */
  readonly approval: AskedApproval;
  /** Why it must be approved, in the policy's words. */
  readonly reason: string;
  /** The application's own context, as given to `run(agent, input, { context })`. */
  readonly context: unknown;
}

/** What an {@link ApprovalPause} works with. */
export interface ApprovalPauseOptions {
  readonly toolName: string;
  readonly read: ToolBody["read"];
  readonly authorizer: Authorizer;
  /** Who makes a call; `undefined` where that is not known. */
  readonly resolve: (runContext: RunInformation) => Promise<CallContext | undefined>;
  readonly onApproval: ((paused: PausedCall) => void | Promise<void>) | undefined;
}

/** A call before it runs. */
export interface AskedCall {
  readonly runContext: RunInformation | undefined;
  /** As the model wrote them, parsed. */
  readonly raw: unknown;
  readonly callId: string | undefined;
  /** Whether the run pauses in any case. */
  readonly pausesAnyway: boolean;
}

/**
 * Finds out whether a call waits for a person, before the SDK starts it. A permit that this gets is the one under which the
 * call then runs; a denial is the one that the model reads: each call is decided and counted once.
 */
export class ApprovalPause {
  readonly #options: ApprovalPauseOptions;
  /** The denials of calls that go on without a pause, by the run's context and the call's id. */
  readonly #denials = new WeakMap<RunInformation, Map<string, Deny>>();

  constructor(options: ApprovalPauseOptions) {
    this.#options = options;
  }

  /**
   * INVARIANT (A1, D3): this only delays calls. Whatever it finds, or fails to find, a call that goes on is judged where it
   * would start. Never fails.
   */
  async isNeeded({ runContext, raw, callId, pausesAnyway }: AskedCall): Promise<boolean> {
    // Without both of them no permit or denial would be found again.
    if (callId === undefined || runContext === undefined) return false;
    this.takeDenial(runContext, callId);
    const decision = await this.#decide({ runContext, raw, callId });
    if (decision === undefined) return false;
    if (decision.allowed) {
      // The SDK starts no call that an input guardrail refuses, and none of a run that ends meanwhile.
      await keepPermit({ authorizer: this.#options.authorizer, permit: decision, startsNow: !pausesAnyway });
      return false;
    }
    if (await this.#tell(decision, { runContext, callId })) return true;
    if (!pausesAnyway) this.#keepDenial(decision, { runContext, callId });
    return false;
  }

  /** Why the call that comes now does not run, where that was decided just before. */
  takeDenial(runContext: RunInformation | undefined, callId: string | undefined): Deny | undefined {
    if (runContext === undefined || callId === undefined) return undefined;
    const denials = this.#denials.get(runContext);
    const denial = denials?.get(callId);
    denials?.delete(callId);
    return denial;
  }

  async #decide({ runContext, callId, raw }: Located & { readonly raw: unknown }): Promise<Decision | undefined> {
    const { toolName, read, authorizer, resolve } = this.#options;
    try {
      const { result } = read(JSON.stringify(raw));
      if (!result.success) return undefined;
      const call = { tool: toolName, arguments: result.value, id: callId };
      return await authorizer.authorize(call, await resolve(runContext));
    } catch {
      return undefined;
    }
  }

  /** Whether the call waits, and whoever is to know it was told. */
  async #tell({ approval, reason }: Deny, { runContext, callId }: Located): Promise<boolean> {
    if (approval?.status !== "pending") return false;
    const { toolName, onApproval } = this.#options;
    try {
      await onApproval?.({ toolName, callId, approval, reason, context: runContext.context });
      return true;
    } catch {
      // Nobody would ever resume it.
      return false;
    }
  }

  #keepDenial(denial: Deny, { runContext, callId }: Located): void {
    const denials = this.#denials.get(runContext) ?? new Map<string, Deny>();
    denials.set(callId, denial);
    this.#denials.set(runContext, denials);
  }
}

interface Located {
  readonly runContext: RunInformation;
  readonly callId: string;
}
