import { account, micro, reserve, settle, start } from "../named-plan.ts";
import type { StoreCase } from "../store-case.ts";
import { holds, neverHolds, refuses, stepsCase, takes } from "../try-store.ts";

const most = Number.MAX_SAFE_INTEGER;

/** What an account admits, and what it says of itself. */
export const accountCases: readonly StoreCase[] = [
  stepsCase("account-unknown", "an account that nobody has charged holds nothing", [
    holds({ checks: [account("a", 0, { limit: 0 })] }, [0, 0]),
    refuses({ checks: [account("a", 1, { limit: 0 })] }, [0, 0]),
  ]),
  stepsCase("account-limit-reached", "B1: the limit itself is admitted, a millionth more is not", [
    holds({ checks: [account("a", 60)], effects: [reserve("a", "e1", 60)] }, [0, 0]),
    refuses({ checks: [account("a", 41)], effects: [reserve("a", "e2", 41)] }, [60, 0]),
    holds({ checks: [account("a", 40)], effects: [reserve("a", "e3", 40)] }, [60, 0]),
    refuses({ checks: [account("a", 1)] }, [100, 0]),
    holds({ checks: [account("a", 0)] }, [100, 0]),
  ]),
  stepsCase("account-check-sees-before", "a check sees an account as it was before the plan's own effects", [
    holds({ checks: [account("a", 100), account("a", 100)], effects: [reserve("a", "e1", 100)] }, [0, 0], [0, 0]),
    holds({ checks: [account("a", 0)] }, [100, 0]),
  ]),
  stepsCase("account-check-changes-nothing", "a check that holds charges nothing by itself", [
    takes({ checks: [account("a", 50)] }),
    takes({ checks: [account("a", 50)] }),
    holds({ checks: [account("a", 100)] }, [0, 0]),
  ]),
  stepsCase("account-refusal-charges-nothing", "E6: a refused plan charges nothing", [
    refuses({ checks: [account("a", 101)], effects: [reserve("a", "e1", 101)] }, [0, 0]),
    holds({ checks: [account("a", 100)] }, [0, 0]),
  ]),
  stepsCase("account-all-or-none", "B5: where the second of two accounts refuses, the first is not charged", [
    refuses(
      {
        checks: [account("wide", 5), account("narrow", 5, { limit: 4 })],
        effects: [reserve("wide", "e1", 5), reserve("narrow", "e1", 5)],
      },
      [0, 0],
      [0, 0],
    ),
    holds({ checks: [account("wide", 0), account("narrow", 0)] }, [0, 0], [0, 0]),
  ]),
  stepsCase("account-apart", "B9: two accounts of one tenant are two", [
    takes({ effects: [reserve("a", "e1", 60), reserve("b", "e1", 7)] }),
    holds({ checks: [account("a", 0), account("b", 0)] }, [60, 0], [7, 0]),
    takes({ effects: [settle("a", "e1", 50)] }),
    holds({ checks: [account("a", 0), account("b", 0)] }, [50, 0], [7, 0]),
  ]),
  stepsCase("account-limit-changes", "B12: another limit keeps what was spent", [
    takes({ effects: [reserve("a", "e1", 60)] }),
    refuses({ checks: [account("a", 1, { limit: 50 })] }, [60, 0]),
    holds({ checks: [account("a", 140, { limit: 200 })] }, [60, 0]),
  ]),
  stepsCase("account-overrun", "B1: a cost above the reservation is recorded in full, and then blocks", [
    takes({ checks: [account("a", 1)], effects: [reserve("a", "e1", 1)] }),
    takes({ effects: [settle("a", "e1", 250)] }),
    refuses({ checks: [account("a", 0)] }, [250, 0]),
    holds({ checks: [account("a", 0, { limit: 250 })] }, [250, 0]),
  ]),
  stepsCase("account-large-amounts", "B4: sums of a hundred million units are exact to the millionth", [
    takes({ effects: [reserve("a", "e1", 1e14)] }),
    takes({ effects: [settle("a", "e1", 1e14 + 1)] }),
    takes({ effects: [reserve("a", "e2", 1e14 + 2)] }),
    holds({ checks: [account("a", 1, { limit: 2e14 + 4 })] }, [2e14 + 3, 0]),
    refuses({ checks: [account("a", 2, { limit: 2e14 + 4 })] }, [2e14 + 3, 0]),
  ]),
  stepsCase("account-odd-amounts", "B4: neighbouring amounts just below 2^53 are told apart", [
    takes({ effects: [reserve("a", "e1", most - 2)] }),
    holds({ checks: [account("a", 1, { limit: most - 1 })] }, [most - 2, 0]),
    refuses({ checks: [account("a", 2, { limit: most - 1 })] }, [most - 2, 0]),
    takes({ effects: [settle("a", "e1", most)] }),
    holds({ checks: [account("a", 0, { limit: most })] }, [most, 0]),
  ]),
  stepsCase("account-inexact-sum", "B1: a sum above 2^53 - 1 is above every limit", [
    takes({ effects: [reserve("a", "e1", most)] }),
    refuses({ checks: [account("a", 1, { limit: most })] }, [most, 0]),
    refuses({ checks: [account("a", most, { limit: most })] }, [most, 0]),
  ]),
  stepsCase("account-inexact-reservation", "B4: a reservation that would make a sum inexact is refused whole", [
    takes({ effects: [reserve("a", "e1", most)] }),
    neverHolds({ effects: [reserve("b", "e2", 1), reserve("a", "e2", 1)] }),
    holds({ checks: [account("a", 0, { limit: most }), account("b", 0)] }, [most, 0], [0, 0]),
  ]),
  stepsCase(
    "account-inexact-charge",
    "B1: what can be charged no more when its lease ends, for no sum would be exact, is not forgotten",
    [
      takes({ effects: [reserve("a", "e1", 1e12), reserve("b", "e1", 1)] }),
      takes({ effects: [reserve("a", "e2", 9e15 - 1e12)] }),
      takes({ effects: [settle("a", "e1", 2e13)] }),
      ...[0, 300_000, 300_001, 90_000_000, 90_000_001, 180_000_000].flatMap((later) => [
        neverHolds({ checks: [account("a", 1, { limit: most })], now: start + later }),
        neverHolds({ effects: [reserve("a", `late ${later}`, 1)], now: start + later }),
      ]),
    ],
  ),
  ...[0.5, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53].flatMap((amount) => [
    stepsCase(`account-amount-checked:${amount}`, `B4: no check holds for the amount ${amount}`, [
      takes({ effects: [reserve("a", "e1", 10)] }),
      neverHolds({ checks: [account("a", amount, { limit: most })], effects: [reserve("a", "e2", amount)] }),
      holds({ checks: [account("a", 0)] }, [10, 0]),
    ]),
    stepsCase(`account-amount-written:${amount}`, `B4: the amount ${amount} is neither reserved nor settled`, [
      takes({ effects: [reserve("a", "e1", 10)] }),
      neverHolds({ effects: [reserve("a", "e2", amount)] }),
      neverHolds({ effects: [reserve("b", "e2", amount)] }),
      neverHolds({ effects: [settle("a", "e1", amount)] }),
      holds({ checks: [account("a", 0), account("b", 0)] }, [10, 0], [0, 0]),
    ]),
  ]),
  stepsCase("account-limit-not-a-number", "D3: a limit that is no number admits nothing", [
    neverHolds({ checks: [account("a", 0, { limit: micro(Number.NaN) })] }),
  ]),
  stepsCase("account-amounts-add-up", "B2: a hundred charges of a tenth are ten, to the millionth", [
    ...Array.from({ length: 100 }, (_, index) =>
      takes({ effects: [reserve("a", `e${index}`, 100_000)], now: start + index }),
    ),
    ...Array.from({ length: 100 }, (_, index) => takes({ effects: [settle("a", `e${index}`, 100_001)], now: start })),
    holds({ checks: [account("a", 0, { limit: 10_000_100 })] }, [10_000_100, 0]),
  ]),
];
