import { flip, incomplete, mark, markAfter, marked, off, start, unmark, unmarked } from "../named-plan.ts";
import type { StoreCase } from "../store-case.ts";
import { holds, refuses, stepsCase, takes } from "../try-store.ts";

const set = (key: string, now = start) => takes({ effects: [mark(key)], now });

/** What has happened, alone, in order and together. */
export const markCases: readonly StoreCase[] = [
  stepsCase("mark-forbids", "S5: what has happened forbids from then on", [
    holds({ checks: [unmarked("m")] }, [0, 0]),
    set("m"),
    refuses({ checks: [unmarked("m")], now: start + 1e12 }, [1, start]),
  ]),
  stepsCase("mark-requires", "what has not happened is missing, what has is there", [
    refuses({ checks: [marked("m")] }, [0, 0]),
    set("m"),
    holds({ checks: [marked("m")] }, [1, start]),
  ]),
  stepsCase("mark-since", "the moment itself counts, one before it does not", [
    set("m"),
    refuses({ checks: [unmarked("m", start)] }, [1, start]),
    holds({ checks: [unmarked("m", start + 1)] }, [0, start]),
    holds({ checks: [marked("m", start)] }, [1, start]),
    refuses({ checks: [marked("m", start + 1)] }, [0, start]),
  ]),
  stepsCase("mark-again", "a mark that is set again counts from then", [
    set("m"),
    set("m", start + 500),
    refuses({ checks: [unmarked("m", start + 500)] }, [1, start + 500]),
  ]),
  stepsCase("mark-clock-back", "S1: an earlier moment never replaces a later one", [
    set("m"),
    set("m", start - 1_000),
    refuses({ checks: [unmarked("m", start)] }, [1, start]),
  ]),
  stepsCase("mark-before-1970", "a mark that was never set is not set since a moment before 1970 either", [
    refuses({ checks: [marked("m", -5)] }, [0, 0]),
    holds({ checks: [unmarked("m", -5), incomplete(["m"], -5)] }, [0, 0], [0, 0]),
    takes({ effects: [markAfter("n", "m", -5)] }),
    holds({ checks: [unmarked("n")] }, [0, 0]),
    set("z", 0),
    refuses({ checks: [unmarked("z", 0)] }, [1, 0]),
  ]),
  stepsCase("mark-sees-before", "a check sees a mark as it was before the plan's own effects", [
    holds({ checks: [unmarked("m"), incomplete(["m"])], effects: [mark("m")] }, [0, 0], [0, 0]),
    refuses({ checks: [unmarked("m")] }, [1, start]),
  ]),
  stepsCase("mark-refused", "E6: what was refused has not happened", [
    takes({ effects: [flip("s", start + 10)] }),
    refuses({ checks: [off("s")], effects: [mark("m")] }, [1, start + 10]),
    holds({ checks: [unmarked("m")] }, [0, 0]),
  ]),
  stepsCase("unmark", "a mark that is removed is gone; one that is not there stays away", [
    takes({ effects: [unmark("m")] }),
    set("m"),
    takes({ effects: [unmark("m")] }),
    holds({ checks: [unmarked("m")] }, [0, 0]),
    set("m", start - 5),
    refuses({ checks: [unmarked("m")] }, [1, start - 5]),
  ]),
  stepsCase("mark-keep", "a mark that may be forgotten later is there until then", [
    takes({ effects: [{ kind: "mark", key: "m", keep: 1_000 }] }),
    refuses({ checks: [unmarked("m", start)], now: start + 1_000 }, [1, start]),
  ]),
  stepsCase("mark-after", "S3: a step counts only after the step before it", [
    takes({ effects: [markAfter("second", "first")] }),
    holds({ checks: [unmarked("second")] }, [0, 0]),
    set("first"),
    takes({ effects: [markAfter("second", "first")], now: start + 5 }),
    refuses({ checks: [unmarked("second")] }, [1, start + 5]),
  ]),
  stepsCase("mark-after-since", "a step counts only where the one before it is recent enough", [
    set("first"),
    takes({ effects: [markAfter("late", "first", start + 1), markAfter("timely", "first", start)] }),
    holds({ checks: [unmarked("late")] }, [0, 0]),
    refuses({ checks: [unmarked("timely")] }, [1, start]),
  ]),
  stepsCase("mark-after-in-one-plan", "an effect sees what those before it in the plan did", [
    takes({ effects: [markAfter("early", "first"), mark("first"), markAfter("later", "first")] }),
    holds({ checks: [unmarked("early")] }, [0, 0]),
    refuses({ checks: [unmarked("later")] }, [1, start]),
    takes({ effects: [mark("gone"), unmark("gone"), markAfter("never", "gone")] }),
    holds({ checks: [unmarked("gone"), unmarked("never")] }, [0, 0], [0, 0]),
  ]),
  stepsCase("mark-after-itself", "a mark that is set only after itself is never set first", [
    takes({ effects: [markAfter("m", "m")] }),
    holds({ checks: [unmarked("m")] }, [0, 0]),
    set("m"),
    takes({ effects: [markAfter("m", "m")], now: start + 5 }),
    refuses({ checks: [unmarked("m", start + 5)] }, [1, start + 5]),
  ]),
  stepsCase("combination", "S3: a combination is complete only with all of its members, in whichever order", [
    holds({ checks: [incomplete(["x", "y", "z"])] }, [0, 0]),
    set("z"),
    set("x", start + 1),
    holds({ checks: [incomplete(["x", "y", "z"])] }, [2, 0]),
    set("y", start + 2),
    refuses({ checks: [incomplete(["x", "y", "z"])] }, [3, 0]),
    holds({ checks: [incomplete(["x", "y", "z"], start + 1)] }, [2, 0]),
    refuses({ checks: [incomplete(["x", "y"], start + 1)] }, [2, 0]),
  ]),
  stepsCase("combination-of-none", "D3: a combination of nothing never holds", [
    refuses({ checks: [incomplete([])] }, [0, 0]),
  ]),
  stepsCase("combination-names-one-twice", "a combination that names one mark twice is complete with it", [
    holds({ checks: [incomplete(["x", "x"])] }, [0, 0]),
    set("x"),
    refuses({ checks: [incomplete(["x", "x"])] }, [2, 0]),
  ]),
];
