import { type ApplyResult, type Observation, StateStoreError } from "@ambit/core";

/** What the script said: that it cannot say, or what it found, and how many steps the partition has taken. */
export type ScriptAnswer =
  | { readonly kind: "absent" | "other" | "lost" }
  | { readonly kind: "result"; readonly step: number; readonly result: ApplyResult };

/** Reads the script's line. Throws where it is not whole: unknown is never taken for held. */
export function readAnswer(reply: unknown, { epoch, checks }: { epoch: string; checks: number }): ScriptAnswer {
  if (reply === "absent" || reply === "other" || reply === "lost") return { kind: reply };
  if (typeof reply !== "string") throw unreadable();
  const [outcome, ...rest] = reply.split(" ");
  const numbers = rest.map(readNumber);
  const [step, ...values] = numbers;
  const observed: Observation[] = [];
  for (let index = 0; index + 1 < values.length; index += 2) {
    observed.push({ value: values[index] ?? Number.NaN, at: values[index + 1] ?? Number.NaN });
  }
  if (step === undefined || values.length % 2 !== 0) throw unreadable();
  if (outcome === "held" && observed.length === checks) {
    return { kind: "result", step, result: { held: true, epoch, observed } };
  }
  const failed = readNumber(outcome ?? "");
  if (failed < 0 || failed >= checks || observed.length !== failed + 1) throw unreadable();
  return { kind: "result", step, result: { held: false, epoch, failed, observed } };
}

function readNumber(text: string): number {
  const number = /^-?[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(number)) throw unreadable();
  return number;
}

function unreadable(): StateStoreError {
  return new StateStoreError("state_unavailable", "Redis gave an answer that the store cannot read");
}
