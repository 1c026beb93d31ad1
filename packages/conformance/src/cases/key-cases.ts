import {
  account,
  acyclic,
  count,
  fewer,
  flip,
  follow,
  grow,
  mark,
  off,
  reserve,
  settle,
  shorter,
  spend,
  start,
  unmarked,
  unspent,
} from "../named-plan.ts";
import type { StoreCase } from "../store-case.ts";
import { holds, refuses, stepsCase, takes } from "../try-store.ts";

const long = "k".repeat(10_000);

/** Texts that some store, collation, encoding or pattern takes for one another. */
const pairs: readonly (readonly [id: string, what: string, left: string, right: string])[] = [
  ["case", "differ only in case", "user:Ann", "user:ann"],
  ["composition", "look alike but are composed differently", "caf\u00e9", "cafe\u0301"],
  ["trailing-space", "differ in a space at the end", "user", "user "],
  ["nul", "differ after a NUL", "user\u0000a", "user\u0000b"],
  ["nul-at-end", "differ in a NUL at the end", "user", "user\u0000"],
  ["empty", "are empty and a NUL", "", "\u0000"],
  ["long", "differ only after ten thousand characters", `${long}a`, `${long}b`],
  ["astral", "differ beyond the first plane", "user:\u{1f600}", "user:\u{1f601}"],
  ["surrogates", "hold different lone surrogates", "user:\ud800", "user:\ud801"],
  ["replacement", "hold a lone surrogate and the replacement character", "user:\udc00", "user:\ufffd"],
  ["digits", "are equal as numbers", "1", "01"],
  ["decimal", "are equal as decimals", "1", "1.0"],
  ["wildcard", "are a pattern and what it fits", "user:%", "user:a"],
  ["single-wildcard", "are a pattern and what it fits in one place", "user_a", "user:a"],
  ["star", "are a pattern with a star and what it fits", "user:*", "user:a"],
  ["quote", "differ in a quote", "o'hara", "o''hara"],
  ["backslash", "differ in a backslash", "a\\b", "a\\\\b"],
  ["separator", "differ in where they are divided", "a:b|c", "a|b:c"],
  ["sharp-s", "are equal when folded", "stra\u00dfe", "strasse"],
  ["kelvin", "are equal in capitals", "\u212a", "k"],
  ["width", "differ in width", "\uff41", "a"],
  ["invisible", "differ in a character that nobody sees", "admin", "ad\u200bmin"],
  ["prototype", "are names that objects inherit", "__proto__", "constructor"],
  ["null", "are the text null and nothing", "null", ""],
  ["json", "are a text and its JSON", "a", '"a"'],
];

/** Whose state it is, exactly. */
export const keyCases: readonly StoreCase[] = [
  ...pairs.map(([id, what, left, right]) =>
    stepsCase(`keys-apart:${id}`, `B9: keys that ${what} are different cells`, everyKind(left, right)),
  ),
  ...pairs.map(([id, what, left, right]) =>
    stepsCase(`tenants-apart:${id}`, `S2: tenants whose names ${what} neither see nor change each other's state`, [
      takes({ partition: left, effects: [reserve("a", "e1", 60), mark("m"), flip("s", start + 10)] }),
      holds({ partition: right, checks: [account("a", 0), unmarked("m"), off("s")] }, [0, 0], [0, 0], [0, 0]),
      takes({ partition: right, effects: [settle("a", "e1", 1), reserve("a", "e2", 7)] }),
      holds({ partition: left, checks: [account("a", 0)] }, [60, 0]),
      holds({ partition: right, checks: [account("a", 0)] }, [7, 0]),
    ]),
  ),
  ...pairs.map(([id, what, left, right]) =>
    stepsCase(`reservations-apart:${id}`, `B3: evaluation ids that ${what} are different reservations`, [
      takes({ effects: [reserve("a", left, 10)] }),
      takes({ effects: [reserve("a", right, 20)] }),
      holds({ checks: [account("a", 0)] }, [30, 0]),
      takes({ effects: [settle("a", left, 1)] }),
      holds({ checks: [account("a", 0)] }, [21, 0]),
      takes({ effects: [settle("a", right, 2)] }),
      holds({ checks: [account("a", 0)] }, [3, 0]),
    ]),
  ),
  stepsCase("tenant-and-key-apart", "S2: no tenant and key run together into those of another", [
    takes({ partition: "a", effects: [mark("bc")] }),
    holds({ partition: "ab", checks: [unmarked("c")] }, [0, 0]),
    holds({ partition: "abc", checks: [unmarked("")] }, [0, 0]),
    holds({ partition: "", checks: [unmarked("abc")] }, [0, 0]),
    refuses({ partition: "a", checks: [unmarked("bc")] }, [1, start]),
  ]),
  stepsCase("kinds-apart", "a cell of one kind is not one of another", [
    takes({ effects: [reserve("account", "e1", 60), count("count", 1_000), grow("streak"), follow("trail", "x")] }),
    takes({ effects: [mark("mark"), spend("token"), flip("switch", start + 10)] }),
    holds({ checks: [account("account", 0), fewer("count", 2, 1_000), shorter("streak", 2)] }, [60, 0], [1, 0], [1, 0]),
    refuses({ checks: [unmarked("mark")] }, [1, start]),
    refuses({ checks: [unspent("token")] }, [1, 0]),
    refuses({ checks: [off("switch")] }, [1, start + 10]),
  ]),
];

/** Writes a cell of every kind under one key, and sees nothing of it under the other. */
function everyKind(left: string, right: string) {
  return [
    takes({ effects: [reserve(`a${left}`, "e1", 60), mark(`m${left}`), spend(`t${left}`), grow(`s${left}`)] }),
    takes({ effects: [count(`c${left}`, 1_000), flip(`w${left}`, start + 10)] }),
    takes({ effects: [follow(`r${left}`, "x"), follow(`r${left}`, "y"), follow(`r${left}`, "x")] }),
    holds(
      {
        checks: [
          account(`a${right}`, 0),
          unmarked(`m${right}`),
          unspent(`t${right}`),
          shorter(`s${right}`, 1),
          fewer(`c${right}`, 1, 1_000),
          off(`w${right}`),
          acyclic(`r${right}`, "y", 2),
        ],
      },
      ...Array.from({ length: 7 }, () => [0, 0] as const),
    ),
    holds({ checks: [account(`a${left}`, 0)] }, [60, 0]),
    refuses({ checks: [unmarked(`m${left}`)] }, [1, start]),
    refuses({ checks: [acyclic(`r${left}`, "y", 2)] }, [2, 0]),
    takes({ effects: [mark(left)] }),
    holds({ checks: [unmarked(right)] }, [0, 0]),
    refuses({ checks: [unmarked(left)] }, [1, start]),
  ];
}
