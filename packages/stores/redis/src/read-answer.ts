import { type ApplyResult, type Observation, StateStoreError } from "@ambit/core";

/** What the script said: that it cannot say, or what it found, and how many steps the partition has taken. */
export type ScriptAnswer =
  | { readonly kind: "absent" | "other" | "lost" }
  | { readonly kind: "result"; readonly step: number; readonly result: ApplyResult };

/** Reads the script's line. Throws where it is not whole: unknown is never taken for held. */
export function readAnswer(reply: unknown, { epoch, checks }: { epoch: string; checks: number }): ScriptAnswer {
  if (reply === "absent" || reply === "other" || reply === "lost") return { kind: reply };
  if (typeof reply !== "string" || !whole.test(reply)) throw unreadable();
  const [outcome = "", step, ...values] = reply.split(" ");
  const observed: Observation[] = [];
  for (let index = 0; index < values.length; index += 2) {
    observed.push({ value: Number(values[index]), at: Number(values[index + 1]) });
  }
  if (outcome === "held") {
    if (observed.length !== checks) throw unreadable();
    return { kind: "result", step: Number(step), result: { held: true, epoch, observed } };
  }
  const failed = Number(outcome);
  if (failed >= checks || observed.length !== failed + 1) throw unreadable();
  return { kind: "result", step: Number(step), result: { held: false, epoch, failed, observed } };
}

/** The outcome, the step, and pairs of what was seen. */
const whole = /^(?:held|[0-9]+) -?[0-9]+(?: -?[0-9]+ -?[0-9]+)*$/;

function unreadable(): StateStoreError {
  return new StateStoreError("state_unavailable", "Redis gave an answer that the store cannot read");
}
