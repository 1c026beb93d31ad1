import type { Authorizer } from "../authorizer.ts";
import type { Permit } from "../decision.ts";
import { later } from "../platform.ts";

/** A permit that an adapter asked for before its framework starts the call, to find out whether that waits for a person. */
export interface EarlyPermit {
  readonly authorizer: Pick<Authorizer, "settle">;
  readonly permit: Permit;
  /** Whether the framework goes on with the call by itself, without asking a person of its own accord. */
  readonly startsNow: boolean;
}

/** How long a permit is kept for a call that was not started, in milliseconds: then it is judged when it starts. */
const startsWithin = 30_000;

/**
 * Keeps a permit for the call that a framework is about to start, and gives back what was taken for it where that does not
 * happen. For adapters. Never fails, and keeps no process alive. Gives what ends the wait for a call that starts, which need
 * not be called; `undefined` where there is none.
 */
export async function keepPermit({ authorizer, permit, startsNow }: EarlyPermit): Promise<(() => void) | undefined> {
  const { evaluationId, approvals, monitored } = permit;
  // An approval that was spent on it would be lost with it: that ends with its lease.
  if (approvals !== undefined) return undefined;
  const giveBack = async () => {
    try {
      await authorizer.settle(evaluationId, { status: "not_started" });
    } catch {
      // It runs already, or its lease ends it.
    }
  };
  // A framework may never start it: what else stops the run is seen by the framework alone.
  if (startsNow && monitored === undefined) return later(() => void giveBack(), startsWithin);
  // Nothing is held for a call while a person thinks about it, and what monitor mode lets through it decides again when it runs.
  await giveBack();
  return undefined;
}
