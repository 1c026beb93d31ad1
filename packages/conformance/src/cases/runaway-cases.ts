import { acyclic, end, flip, follow, grow, mark, off, reset, shorter, spend, start, unspent } from "../named-plan.ts";
import type { StoreCase } from "../store-case.ts";
import { holds, refuses, type Step, stepsCase, takes } from "../try-store.ts";

const walk = (key: string, entries: string): Step =>
  takes({ effects: Array.from(entries, (entry) => follow(key, entry)) });
const closes = (entry: string, repeats: number, period: number): Step =>
  refuses({ checks: [acyclic("t", entry, repeats)] }, [period, 0]);
const open = (entry: string, repeats: number): Step => holds({ checks: [acyclic("t", entry, repeats)] }, [0, 0]);

const forEver = Number.MAX_SAFE_INTEGER;
const digest = "0123456789abcdef".repeat(4);

/** Streaks, trails, tokens and switches. */
export const runawayCases: readonly StoreCase[] = [
  stepsCase("streak", "a streak grows by one and is refused at its limit", [
    holds({ checks: [shorter("s", 2)], effects: [grow("s")] }, [0, 0]),
    holds({ checks: [shorter("s", 2)], effects: [grow("s")] }, [1, 0]),
    refuses({ checks: [shorter("s", 2)], effects: [grow("s")] }, [2, 0]),
    holds({ checks: [shorter("s", 3)] }, [2, 0]),
  ]),
  stepsCase("streak-ends", "a streak that ends begins anew", [
    takes({ effects: [end("s")] }),
    takes({ effects: [grow("s"), grow("s")] }),
    takes({ effects: [end("s"), grow("s")] }),
    holds({ checks: [shorter("s", 2)] }, [1, 0]),
    takes({ effects: [end("s")] }),
    holds({ checks: [shorter("s", 1)] }, [0, 0]),
  ]),
  stepsCase("trail-empty", "a trail of nothing has no cycle", [open("a", 2)]),
  stepsCase("trail-of-two", "two entries in turn are a cycle of two", [
    walk("t", "xaba"),
    closes("b", 2, 2),
    open("a", 2),
    open("b", 3),
    walk("t", "ba"),
    closes("b", 3, 2),
  ]),
  stepsCase("trail-of-three", "three entries in turn are a cycle of three", [
    walk("t", "abcab"),
    closes("c", 2, 3),
    open("c", 3),
    open("d", 2),
  ]),
  stepsCase("trail-of-four", "four entries in turn are a cycle of four", [walk("t", "abcdabc"), closes("d", 2, 4)]),
  stepsCase("trail-of-five", "a longer round is no cycle", [walk("t", "abcdeabcd"), open("e", 2)]),
  stepsCase("trail-alike", "one entry again and again is no cycle: that is for a counter to say", [
    walk("t", "aaaaaaa"),
    open("a", 2),
    walk("t", "b"),
    open("a", 4),
  ]),
  stepsCase("trail-shortest", "of two cycles the shorter one is seen", [walk("t", "abababa"), closes("b", 2, 2)]),
  stepsCase("trail-with-pairs", "a round may hold one entry twice", [walk("t", "aabaa"), closes("b", 2, 3)]),
  stepsCase("trail-longest", "a trail remembers what the longest cycle needs, whatever came before", [
    walk("t", `${"xyz".repeat(11)}${"abcd".repeat(7)}abc`),
    closes("d", 8, 4),
  ]),
  stepsCase("trail-entries-exact", "entries are compared exactly, to their full length", [
    takes({ effects: [follow("t", digest), follow("t", "é"), follow("t", digest)] }),
    closes("é", 2, 2),
    open("e\u0301", 2),
    open("É", 2),
    takes({ effects: [follow("u", "\u0000"), follow("u", "\ud800"), follow("u", "\u0000")] }),
    refuses({ checks: [acyclic("u", "\ud800", 2)] }, [2, 0]),
    holds({ checks: [acyclic("u", "\ud801", 2)] }, [0, 0]),
    holds({ checks: [acyclic("u", "\ufffd", 2)] }, [0, 0]),
  ]),
  stepsCase("trail-sees-before", "a check sees a trail as it was before the plan's own effects", [
    walk("t", "aba"),
    refuses({ checks: [acyclic("t", "b", 2)], effects: [follow("t", "b")] }, [2, 0]),
    holds({ checks: [acyclic("t", "c", 2)], effects: [follow("t", "c")] }, [0, 0]),
    open("b", 2),
  ]),
  stepsCase("token", "A2: a token is spent once", [
    holds({ checks: [unspent("k")], effects: [spend("k")] }, [0, 0]),
    refuses({ checks: [unspent("k")], effects: [spend("k")] }, [1, 0]),
    refuses({ checks: [unspent("k")], now: start - 1_000 }, [1, 0]),
    refuses({ checks: [unspent("k")], now: start + 1e12 }, [1, 0]),
    holds({ checks: [unspent("other")] }, [0, 0]),
  ]),
  stepsCase("token-keep", "A6: a token that is kept for a time is spent until then, also where it is spent again", [
    takes({ effects: [{ kind: "spend", key: "k", keep: 1_000 }] }),
    refuses({ checks: [unspent("k")], now: start + 1_000 }, [1, 0]),
    takes({ effects: [{ kind: "spend", key: "k", keep: 0 }] }),
    refuses({ checks: [unspent("k")], now: start + 1e12 }, [1, 0]),
  ]),
  stepsCase("token-refused", "A4: a token is not spent by a plan that another check refuses", [
    takes({ effects: [flip("s", forEver)] }),
    refuses({ checks: [unspent("k"), off("s")], effects: [spend("k")] }, [0, 0], [1, forEver]),
    holds({ checks: [unspent("k")] }, [0, 0]),
  ]),
  stepsCase("switch", "R7: a switch that is thrown stops until its moment has come", [
    holds({ checks: [off("s")] }, [0, 0]),
    takes({ effects: [flip("s", start + 100)] }),
    refuses({ checks: [off("s")], now: start + 99 }, [1, start + 100]),
    holds({ checks: [off("s")], now: start + 100 }, [0, 0]),
  ]),
  stepsCase("switch-among-others", "R7: of several switches the first that is thrown stops, and is named", [
    holds({ checks: ["s", "t", "u", "s"].map(off) }, [0, 0], [0, 0], [0, 0], [0, 0]),
    takes({ effects: [flip("u", start + 100), flip("v", start + 200), flip("over", start)] }),
    refuses({ checks: ["s", "over", "u", "v"].map(off) }, [0, 0], [0, 0], [1, start + 100]),
    refuses({ checks: ["v", "u"].map(off) }, [1, start + 200]),
    refuses(
      { checks: [off("s"), off("t"), unspent("k"), off("over"), off("v")] },
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [1, start + 200],
    ),
    holds({ checks: [off("over"), off("s"), unspent("k"), off("t")] }, [0, 0], [0, 0], [0, 0], [0, 0]),
  ]),
  stepsCase("switch-for-ever", "R7: a switch that is thrown for ever stops until it is reset", [
    takes({ effects: [flip("s", forEver)] }),
    refuses({ checks: [off("s")], now: start + 1e15 }, [1, forEver]),
    takes({ effects: [reset("s")] }),
    holds({ checks: [off("s")] }, [0, 0]),
  ]),
  stepsCase("switch-never-shorter", "R7: a throw never shortens another, whichever comes first", [
    takes({ effects: [flip("s", start + 100)] }),
    takes({ effects: [flip("s", start + 50)] }),
    refuses({ checks: [off("s")], now: start + 99 }, [1, start + 100]),
    takes({ effects: [flip("s", start + 200)] }),
    refuses({ checks: [off("s")], now: start + 199 }, [1, start + 200]),
  ]),
  stepsCase("switch-reset", "a reset of a switch that is not thrown changes nothing, and it can be thrown again", [
    takes({ effects: [reset("s")] }),
    takes({ effects: [flip("s", start + 100), reset("s")] }),
    holds({ checks: [off("s")] }, [0, 0]),
    takes({ effects: [reset("s"), flip("s", start + 10)] }),
    refuses({ checks: [off("s")] }, [1, start + 10]),
  ]),
  stepsCase("switch-clock-back", "B8: a clock that steps back throws nothing that it did not", [
    takes({ effects: [flip("s", start + 100), mark("m")] }),
    refuses({ checks: [off("s")], now: start - 1e9 }, [1, start + 100]),
  ]),
];
