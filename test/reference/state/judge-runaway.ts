import type { Runaway } from "../../generators/stateful-document.ts";
import { areEqual, type EarlierCall, type Ending, haveSameOwner } from "./earlier-call.ts";

/** Whether the calls of a session, with this one, show that it is running away. */
export function isRunningAway(runaway: Runaway, call: EarlierCall, past: readonly EarlierCall[]): boolean {
  const session = past.filter((other) => haveSameOwner(["session"], other, call));
  // A suspension begins what is counted in a row anew. The call that brought it about is a denial, too.
  const anew = session.findLastIndex(({ denied }) => denied === "runaway");
  const since = anew < 0 ? session : session.slice(anew);
  return (
    repeatsItself(runaway, call, session) ||
    inARow(runaway.failures, results(session, since[0]?.order ?? 0), ({ how }) => how === "failed") ||
    inARow(runaway.denials, since, ({ denied }) => denied !== undefined) ||
    goesRound(runaway.cycles, [...session.filter(({ denied }) => denied === undefined), call])
  );
}

function isSameCall(left: EarlierCall, right: EarlierCall): boolean {
  return left.tool === right.tool && areEqual(left.args, right.args);
}

function repeatsItself({ identical }: Runaway, call: EarlierCall, session: readonly EarlierCall[]): boolean {
  if (identical === undefined) return false;
  const same = session.filter(
    (other) => other.denied === undefined && isSameCall(other, call) && call.at - other.at < identical.window,
  );
  return same.length >= identical.max;
}

/** The successes and failures since a moment, in the order in which calls ended. */
function results(session: readonly EarlierCall[], since: number): readonly Ending[] {
  return session
    .flatMap(({ end }) => (end === undefined || end.order < since ? [] : [end]))
    .filter(({ how }) => how === "succeeded" || how === "failed")
    .sort((left, right) => left.order - right.order);
}

function inARow<Each>(most: number | undefined, all: readonly Each[], isBad: (each: Each) => boolean): boolean {
  return most !== undefined && all.length >= most && all.slice(-most).every(isBad);
}

/** The last calls are the same 2 to 4 again and again, and not all alike. */
function goesRound(rounds: number | undefined, calls: readonly EarlierCall[]): boolean {
  if (rounds === undefined) return false;
  return [2, 3, 4].some((period) => {
    const last = calls.slice(-period * rounds);
    const isSame = (call: EarlierCall, other: EarlierCall | undefined) =>
      other !== undefined && isSameCall(call, other);
    return (
      last.length === period * rounds &&
      last.every((call, place) => place < period || isSame(call, last[place - period])) &&
      !last.every((call) => isSame(call, last[0]))
    );
  });
}
