import type { KnownContext } from "../call-context.ts";
import type { Plan } from "../state/plan.ts";
import { ownerOf, type SuspendedOwner } from "../suspension.ts";
import { cellName, type OwnerKey, ownerKey } from "./owner-key.ts";
import { switchName } from "./plan-runaway.ts";

/** What stops an owner until a moment in epoch milliseconds, or with `undefined` lets the owner go on. Pure. */
export function planSwitch(target: SuspendedOwner, until: number | undefined, now: number): Plan {
  const owner = ownerOf(target);
  const effect = until === undefined ? ({ kind: "reset", until: 0 } as const) : ({ kind: "throw", until } as const);
  // A sign of a runaway throws the switch of a session, too: whether people did is kept beside it.
  const keys = target.kind === "session" ? [switchName(owner), peopleName(owner)] : [switchName(owner)];
  const effects = keys.map((_name, key) => ({ ...effect, key }));
  return { partition: target.tenant ?? "", keys, checks: [], effects, now };
}

/** What holds where no person has stopped an owner of a context. It changes nothing. Pure. */
export function planStopQuestion(context: KnownContext, now: number): Plan {
  const switches = (["tenant", "user", "agent"] as const).map((owner) => switchName(ownerKey(owner, context)));
  const keys = [...switches, peopleName(ownerKey("session", context))];
  return {
    partition: context.tenant,
    keys,
    checks: keys.map((_name, key) => ({ kind: "off", key })),
    effects: [],
    now,
  };
}

function peopleName(owner: OwnerKey): string {
  return cellName("stopped", owner);
}
