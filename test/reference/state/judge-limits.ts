import type { Budget, CallLimit } from "../../generators/stateful-document.ts";
import { covers } from "../covers.ts";
import { type EarlierCall, haveSameOwner } from "./earlier-call.ts";

/** How long a call that does not end counts among those at once. */
export const lease = 5 * 60_000;

/** Whether a limit refuses a call that comes after some others. */
export function exceedsLimit(limit: CallLimit, call: EarlierCall, past: readonly EarlierCall[]): boolean {
  const counts = (other: EarlierCall) =>
    (limit.tool === undefined || other.tool === limit.tool) && isInScope(limit.scope, other);
  if (!counts(call)) return false;
  const others = past.filter(
    (other) => other.denied === undefined && counts(other) && haveSameOwner(limit.per, other, call),
  );
  const { at } = limit;
  if ("max" in at) return others.filter((other) => call.at - other.at < at.window).length >= at.max;
  return others.filter((other) => isUnderWay(other, call.at)).length >= at.concurrent;
}

function isUnderWay({ at, end }: EarlierCall, now: number): boolean {
  return end === undefined && now - at < lease;
}

function isInScope(pattern: string | undefined, { as }: EarlierCall): boolean {
  return pattern === undefined || as.scope.some((scope) => covers(pattern, scope));
}

/** Whether a budget refuses a call. A rolling one may count a charge for a thousandth longer: then either is right. */
export function exceedsBudget(budget: Budget, call: EarlierCall, past: readonly EarlierCall[]): boolean | "either" {
  if (!isInScope(budget.scope, call)) return false;
  const others = past.filter(
    (other) => other.denied === undefined && isInScope(budget.scope, other) && haveSameOwner([budget.per], other, call),
  );
  const { over } = budget;
  const spent = (counts: (other: EarlierCall) => boolean) =>
    others.filter(counts).reduce((sum, other) => sum + chargeOf(other), 0n);
  const exceeds = (sum: bigint) => sum + micros(call.as.cost) > micros(budget.limit);
  if (over === "lifetime") return exceeds(spent(() => true));
  if (typeof over === "string") {
    const current = periodOf(over, call);
    return exceeds(spent((other) => periodOf(over, other) === current));
  }
  const least = exceeds(spent((other) => call.at - other.at < over.rolling || isUnderWay(other, call.at)));
  const longer = over.rolling + over.rolling / 1_000;
  const most = exceeds(spent((other) => call.at - other.at <= longer || isUnderWay(other, call.at)));
  return least === most ? least : "either";
}

function chargeOf({ as, end }: EarlierCall): bigint {
  return end?.how === "not_started" ? 0n : micros(end?.cost ?? as.cost);
}

/** Decimal text in millionths. */
export function micros(text: string): bigint {
  const [whole = "", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(6, "0"));
}

/** The name of the hour, day, week or month in which a call was made: the first letters of its local time. */
function periodOf(period: "hour" | "day" | "week" | "month", { local }: EarlierCall): string {
  if (period === "hour") return local;
  if (period === "day") return local.slice(0, "2026-03-08".length);
  if (period === "month") return local.slice(0, "2026-03".length);
  // 1970 began on a Thursday; weeks begin on Mondays.
  return String(Math.floor((Date.parse(`${local}:00:00Z`) / 86_400_000 + 3) / 7));
}
