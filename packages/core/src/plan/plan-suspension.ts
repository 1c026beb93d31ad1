import type { Plan } from "../state/plan.ts";
import { ownerOf, type SuspendedOwner } from "../suspension.ts";
import { switchName } from "./plan-runaway.ts";

/** What stops an owner until a moment in epoch milliseconds, or with `undefined` lets the owner go on. Pure. */
export function planSwitch(target: SuspendedOwner, until: number | undefined, now: number): Plan {
  const keys = [switchName(ownerOf(target))];
  const effect = until === undefined ? ({ kind: "reset", until: 0 } as const) : ({ kind: "throw", until } as const);
  return { partition: target.tenant ?? "", keys, checks: [], effects: [{ ...effect, key: 0 }], now };
}
