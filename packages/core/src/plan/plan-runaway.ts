import type { KnownContext } from "../call-context.ts";
import { isModelTool } from "../models/model-call.ts";
import type { RunawayRule } from "../policy/limit-rule.ts";
import type { Plan } from "../state/plan.ts";
import { cellName, ownerKey } from "./owner-key.ts";
import type { PlanBuilder } from "./plan-builder.ts";
import type { PlanOccasion } from "./plan-occasion.ts";
import { endOfOwner, isSessionOver, keepFor } from "./session-end.ts";

/** What {@link planRunaway} needs to know. */
export interface RunawayRequest {
  readonly runaway: RunawayRule;
  readonly tool: string;
  readonly occasion: PlanOccasion;
  /** How long what is counted of the session is kept, in milliseconds. 0: for ever. */
  readonly keep: number;
}

/**
 * Adds the signs by which a session that runs away is noticed.
 *
 * INVARIANT (R7): an agent asks its model between any two calls of tools. Such a call ends no row of failures or denials,
 * and is not part of a circle: else there would be none any more.
 */
export function planRunaway(builder: PlanBuilder, request: RunawayRequest): void {
  const { runaway, tool, occasion, keep } = request;
  const between = isModelTool(tool);
  const { identical, failures, denials, cycles } = runaway;
  const session = { owner: "session" } as const;
  if (identical !== undefined) {
    const key = builder.key("identical", session, { argument: "digest", text: occasion.digest });
    const { window: span, max: limit } = identical;
    builder.check({ kind: "count", key, span, limit }, { kind: "runaway", sign: "identical" });
    builder.effect({ kind: "count", key, span });
  }
  if (failures !== undefined) {
    const key = builder.key("failures", session);
    builder.check({ kind: "streak", key, limit: failures }, { kind: "runaway", sign: "failures" });
    if (!between) {
      builder.whenFailed({ kind: "grow", key, keep });
      builder.whenSucceeded({ kind: "break", key });
    }
  }
  if (denials !== undefined) {
    const key = builder.key("denials", session);
    builder.check({ kind: "streak", key, limit: denials }, { kind: "runaway", sign: "denials" });
    if (!between) builder.effect({ kind: "break", key });
  }
  if (cycles !== undefined && !between) {
    const key = builder.key("trail", session);
    const entry = occasion.digest;
    builder.check({ kind: "acyclic", key, entry, repeats: cycles }, { kind: "runaway", sign: "cycles" });
    builder.effect({ kind: "follow", key, entry, keep });
  }
}

/** What is written when a call was denied: nothing where denials do not matter, or the session is none. */
export function planDenial({ denials }: RunawayRule, context: KnownContext, now: number): Plan | undefined {
  if (denials === undefined || isSessionOver(context, now)) return undefined;
  const keys = [cellName("denials", ownerKey("session", context))];
  const keep = keepFor(undefined, endOfOwner("session", context), now);
  return { partition: context.tenant, keys, checks: [], effects: [{ kind: "grow", key: 0, keep }], now };
}

/** What suspends a session that has run away. Its streaks begin anew, so that it is not suspended for them again at once. */
export function planSuspension({ cooldown }: RunawayRule, context: KnownContext, now: number): Plan {
  const session = ownerKey("session", context);
  return {
    partition: context.tenant,
    keys: [switchName(session), cellName("failures", session), cellName("denials", session)],
    checks: [],
    effects: [
      { kind: "throw", key: 0, until: now + cooldown },
      { kind: "break", key: 1 },
      { kind: "break", key: 2 },
    ],
    now,
  };
}

/** The kind of the cells that stop all calls of an owner. */
export const switchKind = "switch";

/** The name of the switch that stops all calls of an owner. */
export function switchName(owner: readonly string[]): string {
  return cellName(switchKind, owner);
}
